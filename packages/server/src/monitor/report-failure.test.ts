import type { FailureGroup, FailureReceipt, Page, RegressionTest } from '@assay/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startService, type TestService } from '../__fixtures__/service.ts'

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
