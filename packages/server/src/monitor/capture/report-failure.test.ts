import type { BatchItem, Failure, FailureDetail, FailureGroup, FailureReceipt, Page, RegressionTest } from '@assay/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startService, type TestService } from '../../__fixtures__/service.ts'

let service: TestService
beforeAll(async () => {
  service = await startService()
})
afterAll(() => service[Symbol.asyncDispose]())

const request = { model: 'sim/echo', messages: [{ role: 'user', content: 'Read the invoice of jane@example.org.' }] }

const report = (body: Record<string, unknown>) => service.call<FailureReceipt>('POST /api/v1/failures', { body })

const mapError = (order: number, more: Record<string, unknown> = {}) => ({
  name: 'TypeError',
  message: "Cannot read properties of undefined (reading 'map')",
  stack: `TypeError: Cannot read properties of undefined (reading 'map')\n    at renderRows (/srv/app/${order}/src/rows.ts:${order}:17)`,
  request,
  ...more,
})

test('three reports of one cause, with other numbers and paths, become one test, and a fourth becomes none', async () => {
  const answers = []
  for (const order of [8_123, 977, 45_001, 7]) answers.push(await report(mapError(order)))
  expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201])
  expect(answers.map(({ body }) => body.group.occurrences)).toEqual([1, 2, 3, 4])
  expect(new Set(answers.map(({ body }) => body.group.id)).size).toBe(1)
  expect(answers.map(({ body }) => body.group.testStatus)).toEqual(['waiting', 'waiting', 'created', 'created'])
  expect(answers.map(({ body }) => body.regressionTest?.confidence)).toEqual([undefined, undefined, 75, 75])
  expect(answers[2]?.body.regressionTest?.id).toBe(answers[3]?.body.regressionTest?.id)
  const { body } = await service.call<Page<RegressionTest>>('GET /api/v1/regression-tests')
  expect(body.items).toMatchObject([{ name: 'regression_type_error', state: 'draft', method: 'replay' }])
})

test('what must not be kept is taken out before it is kept', async () => {
  const { body } =
    await service.call<Page<{ request: unknown; redactions: Record<string, number> }>>('GET /api/v1/failures')
  expect(JSON.stringify(body)).not.toContain('jane@example.org')
  expect(body.items[0]?.redactions['email']).toBe(1)
})

test('the same event is counted once and answers 200, by its id and by its request', async () => {
  const byId = { name: 'ToolError', message: 'The tool returned no result', eventId: 'event-1' }
  expect(await report(byId)).toMatchObject({ status: 201, body: { duplicate: false, group: { occurrences: 1 } } })
  expect(await report(byId)).toMatchObject({ status: 200, body: { duplicate: true, group: { occurrences: 1 } } })
  const byRequest = { name: 'ParserError', message: 'The answer ends in the middle of a word', requestId: 'request-1' }
  const first = await report(byRequest)
  const second = await report(byRequest)
  expect(second).toMatchObject({ status: 200, body: { duplicate: true, failure: first.body.failure } })
  expect(await report({ ...byRequest, requestId: 'request-2' })).toMatchObject({ status: 201 })
})

test('fifty reports at once are counted exactly, and make exactly one test', async () => {
  const sent = Array.from({ length: 50 }, (_, index) =>
    report({ name: 'RangeError', message: 'The page count is out of range', request, eventId: `parallel-${index}` }),
  )
  const answers = await Promise.all(sent)
  expect(answers.map(({ body }) => body.group.occurrences).toSorted((a, b) => a - b)).toEqual(
    Array.from({ length: 50 }, (_, index) => index + 1),
  )
  const tests = new Set(answers.flatMap(({ body }) => (body.regressionTest ? [body.regressionTest.id] : [])))
  expect(tests.size).toBe(1)
  const { body } = await service.call<Page<RegressionTest>>('GET /api/v1/regression-tests?limit=200')
  expect(body.items.filter(({ name }) => name === 'regression_range_error')).toHaveLength(1)
})

test('a failure that only a person can mend gets an alert and no test', async () => {
  for (let count = 0; count < 3; count++) {
    await report({
      name: 'AuthenticationError',
      message: 'Incorrect API key provided',
      httpStatus: 401,
      provider: 'openai',
    })
  }
  const { body } = await service.call<Page<FailureGroup>>('GET /api/v1/failure-groups?category=auth')
  expect(body.items).toMatchObject([{ occurrences: 3, testId: null, testStatus: 'alert_only' }])
})

test('a failure without a request says what it needs, and gets its test with the first one that has it', async () => {
  const broken = { name: 'SchemaError', message: 'The answer does not fit the schema: /total must be number' }
  for (let count = 0; count < 3; count++) await report(broken)
  const { body } = await service.call<Page<FailureGroup>>('GET /api/v1/failure-groups?q=does not fit')
  expect(body.items).toMatchObject([{ testId: null, testStatus: 'needs_request' }])
  expect((await report({ ...broken, request })).body.regressionTest).toMatchObject({ name: 'regression_schema_error' })
})

test.each([
  [{}, 'message'],
  [{ message: '' }, 'message'],
  [{ message: 'x', colour: 'red' }, 'colour'],
  [{ message: 'x', count: 0 }, 'count'],
  [{ message: 'x', environment: 'moon' }, 'environment'],
])('a report that is none is refused by its field: %o', async (body, field) => {
  const answer = await service.call<{ error: { message: string } }>('POST /api/v1/failures', { body })
  expect(answer.status).toBe(400)
  expect(answer.body.error.message).toContain(field)
})

test('an over-large context is refused by name', async () => {
  const answer = await service.call('POST /api/v1/failures', {
    body: { message: 'x', context: { text: 'x'.repeat(33_000) } },
  })
  expect(answer).toMatchObject({ status: 413, body: { error: { details: { what: 'context', limitBytes: 32_768 } } } })
})

test('a resolved group opens again when its failure comes back', async () => {
  const { body } = await report({ name: 'CacheError', message: 'The cache answered with somebody else’s page' })
  const { id } = body.group
  expect(await service.call(`PATCH /api/v1/failure-groups/${id}`, { body: { state: 'resolved' } })).toMatchObject({
    status: 200,
    body: { state: 'resolved' },
  })
  await report({ name: 'CacheError', message: 'The cache answered with somebody else’s page' })
  expect(await service.call(`GET /api/v1/failure-groups/${id}`)).toMatchObject({ body: { state: 'reopened' } })
})

test('all that a report may say comes back, with its frames and why; a long message is cut and says so', async () => {
  const long = `token sk-ant-${'a1B2'.repeat(12)} ${'x'.repeat(40_000)}`
  const given = {
    name: 'RenderError',
    message: long,
    http_status: 502,
    stack: 'RenderError: x\n    at renderRows (/srv/app/src/rows.ts:3:17)',
    causes: [{ name: 'Error', code: 'ECONNRESET', message: 'read ECONNRESET' }],
    provider: 'openai',
    model: 'gpt-x',
    providerCode: 'server_error',
    providerType: 'api_error',
    release: '1.2.0',
    package: '@ann/invoices',
    packageVersion: '2.0.1',
    framework: 'react',
    userId: 'user-77',
    conversationId: 'conversation-1',
    severity: 'critical',
    category: 'provider',
    tags: ['checkout'],
  }
  const { status, body } = await report(given)
  expect(status).toBe(201)
  expect(body.group).toMatchObject({ category: 'provider', severity: 'critical' })
  const { body: detail } = await service.call<FailureDetail>(`GET /api/v1/failures/${body.failure.id}`)
  const { http_status: httpStatus, message: _, userId: _user, ...rest } = given
  expect(detail).toMatchObject({ ...rest, httpStatus, truncated: ['message'], bodies: 'kept', absorbed: false })
  expect(detail.message).toHaveLength(32_768)
  expect(detail.frames).toMatchObject([{ functionName: 'renderRows', file: 'rows.ts', inApp: true }])
  expect(detail.why[0]).toContain('provider')
  expect(JSON.stringify(detail)).not.toMatch(/sk-ant-|user-77/)
})

test('a batch answers each report in its place and keeps the valid ones', async () => {
  const { status, body } = await service.call<{ items: BatchItem[] }>('POST /api/v1/failures/batch', {
    body: {
      failures: [
        { name: 'BatchError', message: 'one of a batch', eventId: 'batch-1' },
        { message: 'x', colour: 'red' },
        { name: 'BatchError', message: 'one of a batch', eventId: 'batch-1' },
        { name: 'BatchError', message: 'one of a batch', count: 2, request },
      ],
    },
  })
  expect(status).toBe(207)
  expect(body.items.map((item) => item.status)).toEqual([201, 400, 200, 201])
  expect(body.items[1]).toMatchObject({ error: { code: 'input.invalid', message: expect.stringContaining('colour') } })
  expect(body.items[3]).toMatchObject({ group: { occurrences: 3 }, regressionTest: { confidence: 75 } })
})

test.each([[[]], [Array.from({ length: 101 }, () => ({ message: 'x' }))], ['x']])(
  'a batch of none or too many is refused',
  async (failures) => {
    expect(await service.call('POST /api/v1/failures/batch', { body: { failures } })).toMatchObject({ status: 400 })
  },
)

test('failures are listed since a time or for so long', async () => {
  const count = async (since: string) =>
    (await service.call<Page<Failure>>(`GET /api/v1/failures?since=${since}&limit=200`)).body.items.length
  expect(await count('7d')).toBeGreaterThan(10)
  expect(await count(new Date(Date.now() + 60_000).toISOString())).toBe(0)
  expect(await service.call('GET /api/v1/failures?since=yesterday')).toMatchObject({ status: 400 })
})

test('a workspace that wants no bodies gets none, its own patterns are taken out, and its threshold counts', async () => {
  const settings = { bodies: 'off', threshold: 2 }
  expect(await service.call('PATCH /api/v1/monitor/settings', { body: settings })).toMatchObject({
    status: 200,
    body: settings,
  })
  const patterns = [{ name: 'ticket', pattern: 'TICK-[0-9]+' }]
  await service.call('PATCH /api/v1/retention', { body: { patterns } })
  try {
    const { body } = await report({ name: 'QuietError', message: 'TICK-4711 cannot be closed', request, output: 'no' })
    const { body: kept } = await service.call<FailureDetail>(`GET /api/v1/failures/${body.failure.id}`)
    expect(kept).toMatchObject({ message: '<ticket:1> cannot be closed', request: null, output: null, bodies: 'off' })
    const { body: second } = await report({ name: 'QuietError', message: 'TICK-4712 cannot be closed', request })
    expect(second).toMatchObject({ group: { occurrences: 2, testStatus: 'needs_request' }, regressionTest: null })
  } finally {
    await service.call('PATCH /api/v1/monitor/settings', { body: { bodies: 'on', threshold: 3 } })
    await service.call('PATCH /api/v1/retention', { body: { patterns: [] } })
  }
})

test('a key may report so many a second, and a flood is counted exactly, whatever of its bodies is kept', async () => {
  const { body: key } = await service.call<{ key: string }>('POST /api/v1/gateway-keys', {
    body: { name: 'reporter', scopes: ['failures'] },
  })
  const batch = (name: string, length: number) => ({
    body: { failures: Array.from({ length }, () => ({ name, message: 'the queue is full', request })) },
    headers: { authorization: `Bearer ${key.key}` },
  })
  const answers = await Promise.all(
    Array.from({ length: 4 }, () =>
      service.call<{ items?: BatchItem[] }>('POST /api/v1/failures/batch', batch('FloodError', 100)),
    ),
  )
  const refused = answers.find(({ status }) => status === 429)!
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
  const statuses = answers.flatMap(({ body }) => body.items?.map(({ status }) => status) ?? [])
  const accepted = statuses.filter((status) => status === 201).length
  expect(accepted).toBeGreaterThanOrEqual(100)
  expect(accepted).toBeLessThan(300)
  const { body } = await service.call<Page<FailureGroup>>('GET /api/v1/failure-groups?q=FloodError')
  expect(body.items).toMatchObject([{ occurrences: accepted }])
  const { body: failures } = await service.call<Page<Failure>>(
    `GET /api/v1/failures?group=${body.items[0]!.id}&limit=200`,
  )
  const kept = failures.items.filter(({ bodies }) => bodies === 'kept')
  expect(kept.length).toBeGreaterThanOrEqual(50)
  expect(kept.length).toBeLessThanOrEqual(accepted)
})

test('an exporter of OpenTelemetry sends its exceptions, each counted once however often it exports', async () => {
  const text = (key: string, stringValue: string) => ({ key, value: { stringValue } })
  const body = {
    resourceSpans: [
      {
        resource: { attributes: [text('service.name', 'shop'), text('service.version', '3.1.0')] },
        scopeSpans: [
          {
            spans: [
              {
                traceId: '5b8aa5a2d2c872e8321cf37308d69df2',
                spanId: '051581bf3cb55c13',
                name: 'chat gpt-x',
                attributes: [
                  text('gen_ai.request.model', 'gpt-x'),
                  { key: 'http.response.status_code', value: { intValue: '502' } },
                ],
                events: [
                  { name: 'log', attributes: [] },
                  {
                    name: 'exception',
                    timeUnixNano: '1767225600000000000',
                    attributes: [
                      text('exception.type', 'TelemetryError'),
                      text('exception.message', 'The order of ann@example.com was lost'),
                      text('exception.stacktrace', 'TelemetryError: lost\n    at readOrder (/srv/app/orders.ts:3:7)'),
                    ],
                  },
                ],
              },
            ],
          },
        ],
      },
    ],
  }
  for (let export_ = 0; export_ < 2; export_++) {
    expect(await service.call('POST /api/v1/otlp/v1/traces', { body })).toMatchObject({
      status: 200,
      body: { partialSuccess: {} },
    })
  }
  const groups = await service.call<Page<FailureGroup>>('GET /api/v1/failure-groups?q=TelemetryError')
  expect(groups.body.items).toMatchObject([{ occurrences: 1 }])
  const { body: kept } = await service.call<Page<Failure>>(`GET /api/v1/failures?group=${groups.body.items[0]!.id}`)
  expect(kept.items).toMatchObject([
    {
      name: 'TelemetryError',
      message: 'The order of <email:1> was lost',
      at: '2026-01-01T00:00:00.000Z',
      httpStatus: 502,
      model: 'gpt-x',
      release: '3.1.0',
      context: { service: 'shop', span: 'chat gpt-x' },
    },
  ])
  const logs = {
    resourceLogs: [{ scopeLogs: [{ logRecords: [{ attributes: [text('exception.message', 'a log broke')] }, {}] }] }],
  }
  expect(await service.call('POST /api/v1/otlp/v1/logs', { body: logs })).toMatchObject({ status: 200 })
  expect(await service.call('POST /api/v1/otlp/v1/traces', { body: { resourceSpans: 'x' } })).toMatchObject({
    status: 400,
  })
})
