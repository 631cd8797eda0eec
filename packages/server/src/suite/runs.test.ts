import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { CaseResult, Page, Run, RunComparison, StoredSuite } from '@assay/core'
import { temporaryDirectory, until } from '@assay/testkit'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { makeCaller, makeWorkspace } from '../__fixtures__/callers.ts'
import { startService, type TestService } from '../__fixtures__/service.ts'

/** What the model server says to a prompt; null leaves the call open. */
let says: (prompt: string) => string | null = () => 'yes'
let asked = 0
const open = new Set<ServerResponse>()
const upstream: Server = createServer((request, response) => {
  let text = ''
  request
    .on('data', (chunk) => (text += String(chunk)))
    .on('end', () => {
      asked++
      const { messages } = JSON.parse(text) as { messages: { content: string }[] }
      const content = says(messages.at(-1)!.content)
      if (content === null) {
        open.add(response)
        response.on('close', () => open.delete(response))
        return
      }
      response.setHeader('content-type', 'application/json')
      const message = { role: 'assistant', content }
      const usage = {
        prompt_tokens: 10,
        completion_tokens: 5,
        total_tokens: 15,
        prompt_tokens_details: { cached_tokens: 4 },
      }
      response.end(
        JSON.stringify({
          id: '1',
          object: 'chat.completion',
          model: 'm',
          choices: [{ index: 0, message, finish_reason: 'stop' }],
          usage,
        }),
      )
    })
})

let service: TestService
beforeAll(async () => {
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
  const host = `127.0.0.1:${(upstream.address() as AddressInfo).port}`
  service = await startService({ environment: { ASSAY_EGRESS_ALLOW: host } })
  const body = { provider: 'compatible', baseUrl: `http://${host}/v1`, secret: 'not-a-real-key' }
  await service.call('POST /api/v1/credentials', { body })
})
afterAll(async () => {
  await service[Symbol.asyncDispose]()
  upstream.closeAllConnections()
  await new Promise((resolve) => upstream.close(resolve))
})
beforeEach(() => {
  says = () => 'yes'
  asked = 0
})

let number = 0
const keepSuite = async (count: number, extra: Record<string, unknown> = {}): Promise<StoredSuite> => {
  const tests = Array.from({ length: count }, (_, index) => ({
    id: `case-${String(index).padStart(3, '0')}`,
    input: `question ${index}`,
    assert: [{ type: 'equals', value: 'yes' }],
  }))
  const source = JSON.stringify({ name: `suite ${++number}`, providers: ['compatible/m'], tests, ...extra })
  return (await service.call<StoredSuite>('POST /api/v1/suites', { body: { source, file: 'suite.json' } })).body
}

const start = <Body = Run>(body: Record<string, unknown>, headers: Record<string, string> = {}) =>
  service.call<Body>('POST /api/v1/runs', { body, headers })
const read = async (id: string): Promise<Run> => (await service.call<Run>(`GET /api/v1/runs/${id}`)).body
const ended = (id: string): Promise<Run> =>
  until(`run ${id} to end`, async () => {
    const run = await read(id)
    return run.status === 'queued' || run.status === 'running' ? undefined : run
  })
const resultsOf = async (id: string, query = ''): Promise<CaseResult[]> =>
  (await service.call<Page<CaseResult>>(`GET /api/v1/runs/${id}/results?limit=200${query}`)).body.items
type Refused = { error: { code: string; message: string } }

test('a suite is run by the server, on each of its models, with every figure', async () => {
  const suite = await keepSuite(3, { providers: ['compatible/m', 'sim/echo'] })
  says = (prompt) => (prompt.endsWith('2') ? 'no' : 'yes')
  const { status, body: queued } = await start({ suiteId: suite.id, environment: 'staging', trigger: 'ci' })
  expect(status).toBe(201)
  expect(queued).toMatchObject({
    status: 'queued',
    suiteId: suite.id,
    planned: 6,
    models: ['compatible/m', 'sim/echo'],
  })
  const run = await ended(queued.id)
  expect(run).toMatchObject({ status: 'completed', trigger: 'ci', environment: 'staging', provenance: 'hosted' })
  expect(run.totals).toMatchObject({ total: 6, passed: 2, failed: 4, inputTokens: expect.any(Number) as number })
  expect(run.modelTotals.map(({ model, passed, failed }) => [model, passed, failed])).toEqual([
    ['compatible/m', 2, 1],
    ['sim/echo', 0, 3],
  ])
  expect(run.sourceHash).toBe(suite.sourceHash)
  const failed = await resultsOf(run.id, '&status=not_passed&model=compatible/m')
  expect(failed).toHaveLength(1)
  expect(failed[0]).toMatchObject({
    caseKey: 'case-002',
    response: 'no',
    kind: 'plain',
    usage: { inputTokens: 10, outputTokens: 5, cacheReadInputTokens: 4 },
    verdicts: [{ type: 'equals', pass: false, expected: 'yes', actual: expect.stringContaining('no') as string }],
  })
  expect(failed[0]!.assertHash).toMatch(/^[0-9a-f]{16}$/)
  const whole = await service.call<CaseResult>(`GET /api/v1/runs/${run.id}/result?caseKey=case-002&model=compatible/m`)
  expect(whole.body).toEqual(failed[0])
})

test('what to run is chosen, and a plan that cannot be is refused before anything is asked', async () => {
  const suite = await keepSuite(5)
  const some = await start({ suiteId: suite.id, models: ['sim/echo'], settings: { text: 'case-00', repeat: 2 } })
  expect(some.body).toMatchObject({ planned: 10, models: ['sim/echo'], settings: { text: 'case-00', repeat: 2 } })
  await ended(some.body.id)
  const refused = async (body: Record<string, unknown>) =>
    (await start<Refused>({ suiteId: suite.id, ...body })).body.error.code
  expect(await refused({ settings: { text: 'nothing like it' } })).toBe('suite.empty')
  expect(await refused({ models: ['nobody/knows-it'] })).toBe('gateway.model_unknown')
  expect(await refused({ models: ['anthropic/claude-sonnet-4-20250514'] })).toMatch(
    /vault\.key_missing|gateway\.model_unknown/,
  )
  expect(
    await refused({
      settings: { repeat: 1_000 },
      models: Array.from({ length: 5 }, () => 'sim/echo').concat('sim/smart', 'sim/fast', 'sim/tools', 'sim/slow'),
    }),
  ).toBe('runs.too_large')
  expect(await refused({ settings: { repaet: 2 } })).toBe('input.invalid')
  expect(asked).toBe(0)
})

test('the same call under one key makes one run, at once and later', async () => {
  const suite = await keepSuite(1)
  const headers = { 'idempotency-key': 'run-once' }
  const answers = await Promise.all([1, 2, 3, 4].map(() => start({ suiteId: suite.id }, headers)))
  expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1)
  await ended(answers[0]!.body.id)
  const later = await start({ suiteId: suite.id }, headers)
  expect([later.status, later.body]).toEqual([201, answers[0]!.body])
  expect(asked).toBe(1)
})

test('a running run is cancelled: its calls are closed within two seconds, its results stay', async () => {
  const suite = await keepSuite(8)
  says = (prompt) => (Number(prompt.split(' ')[1]) < 3 ? 'yes' : null)
  const { body: run } = await start({ suiteId: suite.id })
  await until('three results and open calls', async () =>
    (await resultsOf(run.id)).length === 3 && open.size > 0 ? true : undefined,
  )
  const cancelledAt = Date.now()
  const { status, body } = await service.call<Run>(`POST /api/v1/runs/${run.id}/cancel`, { body: {} })
  expect([status, body.status]).toEqual([200, 'cancelled'])
  await until('no call is open', () => (open.size === 0 ? true : undefined))
  expect(Date.now() - cancelledAt).toBeLessThan(2_500)
  expect(await resultsOf(run.id)).toHaveLength(3)
  const again = await service.call<Refused>(`POST /api/v1/runs/${run.id}/cancel`, { body: {} })
  expect([again.status, again.body.error.code]).toEqual([409, 'runs.ended'])
  expect((await read(run.id)).status).toBe('cancelled')
})

test('two runs are compared in words, also with one kept as a baseline', async () => {
  const suite = await keepSuite(20)
  const before = await ended((await start({ suiteId: suite.id })).body.id)
  says = (prompt) => (Number(prompt.split(' ')[1]) < 10 ? 'no' : 'yes')
  const after = await ended((await start({ suiteId: suite.id })).body.id)
  const compare = async (id: string, other: string) =>
    (await service.call<RunComparison>(`GET /api/v1/runs/${id}/compare?with=${other}`)).body
  const worse = await compare(after.id, before.id)
  expect(worse).toMatchObject({
    verdict: 'regression',
    worse: 10,
    counts: { moved: 10, added: 0 },
    before: { id: before.id },
  })
  expect(await compare(before.id, after.id)).toMatchObject({ verdict: 'improved' })
  expect(await compare(before.id, before.id)).toMatchObject({ verdict: 'noise' })
  const kept = await service.call<Run>(`PATCH /api/v1/runs/${before.id}`, { body: { baselineOf: 'main' } })
  expect(kept.body.baselineOf).toBe('main')
  expect(await compare(after.id, 'main')).toMatchObject({ verdict: 'regression', before: { baselineOf: 'main' } })
  const unknown = await service.call<Refused>(`GET /api/v1/runs/${after.id}/compare?with=nope`)
  expect([unknown.status, unknown.body.error.code]).toEqual([404, 'suite.baseline_unknown'])
  expect(unknown.body.error.message).toContain('nope')
})

test('a run made elsewhere is sent in parts, counted here, and then stays as it is', async () => {
  const startedAt = new Date().toISOString()
  const head = {
    name: 'elsewhere',
    models: ['sim/echo'],
    dialect: 'assay',
    planHash: 'p',
    startedAt,
    environment: 'ci',
  }
  const { status, body: run } = await service.call<Run>('POST /api/v1/runs/uploads', { body: head })
  expect(status).toBe(201)
  expect(run).toMatchObject({ status: 'running', provenance: 'self_reported', environment: 'ci', suiteId: null })
  const result = (caseKey: string, passed: boolean): CaseResult => ({
    caseKey,
    title: caseKey,
    model: 'sim/echo',
    repeat: 1,
    input: 'a',
    response: 'b',
    error: null,
    verdicts: [],
    status: passed ? 'passed' : 'failed',
    score: passed ? 1 : 0,
    latencyMs: 1,
    durationMs: 2,
    usage: null,
    costNanoUsd: 5,
    tags: ['x'],
  })
  const send = (results: unknown[]) =>
    service.call<Refused & { stored: number }>(`POST /api/v1/runs/${run.id}/results`, { body: { results } })
  expect((await send([result('a', true), result('b', false)])).body).toEqual({ stored: 2 })
  expect((await send([result('b', true), result('c', false)])).body).toEqual({ stored: 2 })
  expect((await send([{ caseKey: 'a' }])).body.error.code).toBe('input.invalid')
  const finish = { status: 'completed', finishedAt: new Date().toISOString(), durationMs: 1234 }
  const done = await service.call<Run>(`POST /api/v1/runs/${run.id}/finish`, { body: finish })
  expect(done.body).toMatchObject({
    status: 'completed',
    planned: 3,
    costNanoUsd: 15,
    totals: { total: 3, passed: 2, failed: 1, durationMs: 1234 },
  })
  expect((await send([result('d', true)])).body.error.code).toBe('runs.ended')
  expect((await resultsOf(run.id))[0]!.tags).toEqual(['x'])
  const hosted = await ended((await start({ suiteId: (await keepSuite(1)).id })).body.id)
  const other = await service.call<Refused>(`POST /api/v1/runs/${hosted.id}/results`, {
    body: { results: [result('a', true)] },
  })
  expect([other.status, other.body.error.code]).toEqual([409, 'runs.not_uploaded'])
})

test('a run whose suite is changed or removed goes on with the text it began with', async () => {
  const suite = await keepSuite(4)
  says = () => null
  const { body: run } = await start({ suiteId: suite.id })
  await until('its calls are open', () => (open.size > 0 ? true : undefined))
  expect((await service.call(`DELETE /api/v1/suites/${suite.id}`)).status).toBe(204)
  says = () => 'yes'
  for (const response of open) response.destroy()
  expect(await ended(run.id)).toMatchObject({ status: 'completed', suiteId: null, totals: { passed: 4 } })
})

test('a limit that was set ends a run early, and says so', async () => {
  const suite = await keepSuite(30)
  const { body: run } = await start({ suiteId: suite.id, settings: { maxTokens: 40, concurrency: 1 } })
  const after = await ended(run.id)
  expect(after).toMatchObject({ status: 'completed', error: expect.stringContaining('limit.max_tokens') as string })
  expect(after.totals!.skipped).toBeGreaterThan(20)
})

test('runs are listed by what they are of, and live events tell how they go on', async () => {
  const seen: string[] = []
  const stop = service.app.events.subscribe(service.app.local.workspace.id, ({ event }) => void seen.push(event.type))
  const suite = await keepSuite(2)
  const run = await ended((await start({ suiteId: suite.id, trigger: 'deployment' })).body.id)
  stop()
  expect(seen.filter((type) => type.startsWith('run.'))).toEqual(['run.started', 'run.progress', 'run.finished'])
  const list = async (query: string) => (await service.call<Page<Run>>(`GET /api/v1/runs?${query}`)).body.items
  expect((await list(`suite=${suite.id}`)).map(({ id }) => id)).toEqual([run.id])
  expect((await list('trigger=deployment')).map(({ id }) => id)).toEqual([run.id])
  expect((await list(`suite=${suite.id}&status=failed`)).length).toBe(0)
  expect((await service.call('GET /api/v1/runs?status=done')).status).toBe(400)
})

test('a run of another workspace answers as one that nobody has', async () => {
  const run = await ended((await start({ suiteId: (await keepSuite(1)).id })).body.id)
  const otherId = await makeWorkspace(service.app, 'elsewhere')
  const { headers } = await makeCaller(service.app, { workspaceId: otherId, scope: 'admin' })
  for (const [method, path, body] of [
    ['GET', ''],
    ['GET', '/results'],
    ['GET', '/result?caseKey=case-000&model=compatible/m'],
    ['GET', `/compare?with=${run.id}`],
    ['POST', '/cancel', {}],
    ['POST', '/finish', { status: 'completed', finishedAt: new Date().toISOString() }],
    ['PATCH', '', { baselineOf: 'mine' }],
  ] as const) {
    const ask = async (id: string) => {
      const { status, body: answer } = await service.call<Refused>(`${method} /api/v1/runs/${id}${path}`, {
        key: null,
        headers,
        ...(body && { body }),
      })
      return [status, answer.error.code, answer.error.message.replace(id, 'ID')]
    }
    const foreign = await ask(run.id)
    expect(foreign).toEqual(await ask('01930000-0000-7000-8000-00000000beef'))
    expect(foreign[0]).toBe(404)
  }
})

test('a run whose process stopped is gone on with by the next one, and no answer is asked for twice', async () => {
  await using directory = await temporaryDirectory()
  const environment = service.config.ASSAY_EGRESS_ALLOW.join(',')
  const options = {
    dataDir: directory.path,
    environment: { ASSAY_EGRESS_ALLOW: environment, ASSAY_MASTER_KEY: '7'.repeat(64) },
  }
  const first = await startService(options)
  await first.call('POST /api/v1/credentials', {
    body: { provider: 'compatible', baseUrl: `http://${environment}/v1`, secret: 'not-a-real-key' },
  })
  const tests = Array.from({ length: 12 }, (_, index) => ({ id: `${index}`, input: `question ${index}` }))
  const source = JSON.stringify({ name: 'stopped', providers: ['compatible/m'], tests })
  const suite = await first.call<StoredSuite>('POST /api/v1/suites', { body: { source, file: 'suite.json' } })
  says = (prompt) => (Number(prompt.split(' ')[1]) < 5 ? 'yes' : null)
  const { body: run } = await first.call<Run>('POST /api/v1/runs', { body: { suiteId: suite.body.id } })
  const stored = async (from: TestService) =>
    (await from.call<Page<CaseResult>>(`GET /api/v1/runs/${run.id}/results`)).body.items.length
  await until('five results', async () => ((await stored(first)) === 5 ? true : undefined))
  await first[Symbol.asyncDispose]()
  says = () => 'yes'
  asked = 0
  const second = await startService(options)
  try {
    const done = await until(
      'the run to end',
      async () => {
        const { body } = await second.call<Run>(`GET /api/v1/runs/${run.id}`)
        return body.status === 'completed' || body.status === 'failed' ? body : undefined
      },
      { timeoutMs: 30_000 },
    )
    expect(done).toMatchObject({ status: 'completed', totals: { total: 12, passed: 12 } })
    expect(asked).toBe(7)
  } finally {
    await second[Symbol.asyncDispose]()
  }
}, 60_000)
