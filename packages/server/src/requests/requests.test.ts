import type { AuditRow, Page, Replay, RequestDetail, RequestRecord, RetentionSettings } from '@assay/core'
import { readSuiteFile } from '@assay/runner'
import { temporaryDirectory, until } from '@assay/testkit'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startService, type TestService } from '../__fixtures__/service.ts'

let service: TestService
beforeAll(async () => {
  service = await startService()
})
afterAll(() => service[Symbol.asyncDispose]())

/** Asks a model through the gateway and answers the request's id. */
const ask = async (content: string, headers: Record<string, string> = {}, body: object = {}): Promise<string> => {
  const answer = await service.call('POST /v1/chat/completions', {
    headers,
    body: { model: 'sim/echo', messages: [{ role: 'user', content }], ...body },
  })
  return answer.headers.get('x-assay-request-id')!
}
const logged = (id: string): Promise<RequestDetail> =>
  until('the row', async () => {
    const { status, body } = await service.call<RequestDetail>(`GET /api/v1/requests/${id}`)
    return status === 200 ? body : undefined
  })
const withBody = (id: string): Promise<RequestDetail> =>
  until('the body', async () => {
    const detail = await logged(id)
    return detail.body ? detail : undefined
  })
const setRetention = (body: object) => service.call<RetentionSettings>('PATCH /api/v1/retention', { body })

const secret = 'sk-canary-0123456789abcdefghij'
const personal = `Write to ada@example.com about ticket TICKET-4711, key ${secret}, IBAN DE89370400440532013000.`

test('a workspace keeps rows and no bodies until it says otherwise', async () => {
  const { body } = await service.call<RetentionSettings>('GET /api/v1/retention')
  expect(body).toEqual({ retention: 'metadata', patterns: [], bodyDays: 7, requestDays: 90, updatedAt: null })
  const id = await ask('hello', { 'x-assay-retention': 'full' })
  await ask('later')
  expect((await logged(id)).body).toBeNull()
  for (const route of [`POST /api/v1/requests/${id}/replay`, `POST /api/v1/requests/${id}/test-case`]) {
    const refused = await service.call<{ error: { code: string } }>(route, { body: {} })
    expect([refused.status, refused.body.error.code]).toEqual([409, 'requests.no_body'])
  }
})

test('bodies are kept where that is granted, freed of secrets, personal data and the workspace’s own patterns', async () => {
  expect(
    (await setRetention({ retention: 'full', patterns: [{ name: 'ticket', pattern: 'TICKET-[0-9]+' }] })).body,
  ).toMatchObject({ retention: 'full', patterns: [{ name: 'ticket' }] })
  const { body } = await withBody(await ask(personal))
  const [message] = body!.request.messages
  expect(message!.content).toBe('Write to <email:1> about ticket <ticket:1>, key <key:1>, IBAN <iban:1>.')
  expect(body!.answer).toMatchObject({ text: message!.content, finishReason: 'stop' })
  const rows = await service.app.store.inSystem(({ db }) => db.selectFrom('requestBodies').selectAll().execute())
  expect(JSON.stringify(rows)).not.toMatch(/canary|ada@|TICKET|DE8937/)
})

test('a key grants what is kept, and no header makes it more', async () => {
  const body = { model: 'sim/echo', messages: [{ role: 'user', content: 'between us' }] }
  const kept: unknown[] = []
  for (const [retention, header] of [
    ['none', 'full'],
    ['metadata', 'full'],
    ['full', 'metadata'],
    ['full', 'full'],
  ] as const) {
    const made = await service.call<{ key: string }>('POST /api/v1/gateway-keys', {
      body: { name: `keeps ${retention}`, retention },
    })
    const { headers } = await service.call('POST /v1/chat/completions', {
      key: made.body.key,
      headers: { 'x-assay-retention': header },
      body,
    })
    const id = headers.get('x-assay-request-id')!
    const isWhole = retention === 'full' && header === 'full'
    const row = isWhole ? await withBody(id) : await logged(id)
    kept.push([row.promptPreview, row.body?.answer.text ?? null])
  }
  expect(kept).toEqual([
    ['', null],
    ['between us', null],
    ['between us', null],
    ['between us', 'between us'],
  ])
})

test('a stream’s answer is kept whole, and a caller may ask for less than is granted', async () => {
  const streamed = await withBody(await ask('one two three', {}, { stream: true }))
  expect(streamed.body!.answer.text).toBe('one two three')
  const quiet = await ask('a private matter', { 'x-assay-retention': 'none', 'x-assay-conversation': 'c-1' })
  expect(await logged(quiet)).toMatchObject({
    promptPreview: '',
    conversationId: null,
    outputTokens: expect.any(Number),
  })
  const bad = await service.call('POST /v1/chat/completions', {
    headers: { 'x-assay-retention': 'everything' },
    body: { model: 'sim/echo', messages: [{ role: 'user', content: 'x' }] },
  })
  expect(bad.status).toBe(400)
})

test('a pattern that is none, or that takes everything, is refused by name', async () => {
  for (const pattern of ['(?=a)', '(', 'a*']) {
    const { status, body } = await service.call<{ error: { details: { issues: { path: string }[] } } }>(
      'PATCH /api/v1/retention',
      { body: { patterns: [{ name: 'own', pattern }] } },
    )
    expect([status, body.error.details.issues[0]!.path]).toEqual([400, 'patterns.0.pattern'])
  }
})

test('a request is asked again, also of another model, as a request of its own, and both answers stand side by side', async () => {
  const id = await ask('say it again')
  await withBody(id)
  const same = await service.call<Replay>(`POST /api/v1/requests/${id}/replay`, { body: {} })
  expect(same).toMatchObject({
    status: 200,
    body: { isSameText: true, before: { requestId: id }, after: { model: 'sim/echo', status: 'completed' } },
  })
  const other = await service.call<Replay>(`POST /api/v1/requests/${id}/replay`, { body: { model: 'sim/smart' } })
  expect(other.body).toMatchObject({ isSameText: false, after: { model: 'sim/smart', error: null } })
  expect(other.body.after.costNanoUsd).toBeGreaterThan(0)
  expect(await logged(other.body.after.requestId)).toMatchObject({ tags: { 'replay-of': id }, status: 'completed' })
  const unknown = await service.call<Replay>(`POST /api/v1/requests/${id}/replay`, { body: { model: 'sim/nobody' } })
  expect(unknown.body.after).toMatchObject({ status: 'failed', error: { code: 'gateway.model_unknown' } })
})

test('a request becomes a case of a suite that can be read, and a regression test that is run', async () => {
  const schema = { type: 'object', properties: { total: { type: 'number' } }, required: ['total'] }
  const id = await ask(
    'Read the invoice',
    { 'x-assay-tags': 'team=billing' },
    {
      model: 'sim/smart',
      response_format: { type: 'json_schema', json_schema: { name: 'invoice', schema } },
    },
  )
  await withBody(id)
  type Made = { yaml: string; test: { id: string; name: string; state: string } | null }
  const shown = await service.call<Made>(`POST /api/v1/requests/${id}/test-case`, { body: {} })
  expect(shown.body.test).toBeNull()
  await using directory = await temporaryDirectory()
  const path = join(directory.path, 'assay.yaml')
  await writeFile(path, shown.body.yaml)
  const { suite } = await readSuiteFile(path)
  expect(suite).toMatchObject({
    providers: ['sim/smart'],
    tests: [
      { messages: [{ role: 'user', content: 'Read the invoice' }], assert: [{ type: 'is-json', value: schema }] },
    ],
  })

  const body = { save: true, name: 'invoice total' }
  const saved = await service.call<Made>(`POST /api/v1/requests/${id}/test-case`, { body })
  expect(saved.body.test).toMatchObject({ name: 'invoice_total', state: 'draft' })
  await service.call('POST /api/v1/regression-tests/run', { body: { testId: saved.body.test!.id } })
  const run = await until('the run', async () => {
    const { body } = await service.call<{ passes: number; runs: number; fails: number }>(
      `GET /api/v1/regression-tests/${saved.body.test!.id}`,
    )
    return body.runs > 0 ? body : undefined
  })
  expect(run).toMatchObject({ runs: 1, fails: 0, state: 'draft' })
})

test('the log is had as a file, page by page, with every filter, and who took it is in the audit', async () => {
  await logged(await ask('=1+1', { 'x-assay-tags': 'sheet=yes' }))
  const csv = await service.call<string>('GET /api/v1/requests/export?tag=sheet%3Dyes')
  expect(csv.headers.get('content-type')).toBe('text/csv; charset=utf-8')
  const [head, line, end] = csv.body.split('\r\n')
  expect(head).toMatch(/^at,id,status,requestModel,/)
  expect(line).toContain(`,'=1+1`)
  expect(end).toBe('')
  const lines = await service.call<string>('GET /api/v1/requests/export?format=ndjson&provider=sim')
  const rows = lines.body
    .trim()
    .split('\n')
    .map((text) => JSON.parse(text) as RequestRecord)
  const { body } = await service.call<Page<RequestRecord>>('GET /api/v1/requests?limit=200&provider=sim')
  expect(rows.map(({ id }) => id)).toEqual(body.items.map(({ id }) => id))
  const audit = await service.call<Page<AuditRow>>('GET /api/v1/audit?action=requests.')
  expect(audit.body.items).toMatchObject([
    { action: 'requests.export', after: { format: 'ndjson', provider: 'sim' } },
    { action: 'requests.export', after: { format: 'csv', tag: 'sheet=yes' } },
  ])
  const bad = await service.call<{ error: { details: unknown } }>('GET /api/v1/requests/export?colour=red')
  expect([bad.status, JSON.stringify(bad.body.error.details)]).toEqual([400, expect.stringContaining('colour')])
})

test('the audit is listed by what was done and to what, and had as a file', async () => {
  const { body } = await service.call<Page<AuditRow>>('GET /api/v1/audit?limit=2')
  expect(body.items).toHaveLength(2)
  const rest = await service.call<Page<AuditRow>>(`GET /api/v1/audit?limit=200&cursor=${body.nextCursor}`)
  expect(rest.body.items[0]!.seq).toBe(body.items[1]!.seq - 1)
  const retention = await service.call<Page<AuditRow>>('GET /api/v1/audit?action=retention.update')
  expect(retention.body.items).toMatchObject([{ actor: 'key:operator', after: { retention: 'full' } }])
  const file = await service.call<string>('GET /api/v1/audit/export?format=csv&action=retention.update')
  expect(file.body.split('\r\n')).toHaveLength(3)
})
