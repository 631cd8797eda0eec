import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { CaseResult, Page, Run, StoredSuite } from '@assay/core'
import { type FakeCall, type FakeMcp, type FakeProvider, startFakeMcp, startFakeProvider, until } from '@assay/testkit'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { makeWorkspace, makeCaller } from '../__fixtures__/callers.ts'
import { startService, type TestService } from '../__fixtures__/service.ts'

let upstream: FakeProvider
let mcp: FakeMcp
/** An application of the user's own. */
let place = ''
let posted: { authorization: string | undefined; body: unknown }[] = []
const application: Server = createServer((request, response) => {
  let text = ''
  request
    .on('data', (chunk) => (text += String(chunk)))
    .on('end', () => {
      if (request.url === '/page') return response.setHeader('content-type', 'text/html').end('<p>The fee is 12.</p>')
      posted.push({ authorization: request.headers.authorization, body: JSON.parse(text) })
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ said: { text: 'from the outside' } }))
    })
})

let service: TestService
beforeAll(async () => {
  upstream = await startFakeProvider()
  mcp = await startFakeMcp([{ name: 'lookup', result: 'the key is {{key}}, and you sent Bearer a-long-secret' }])
  await new Promise<void>((resolve) => application.listen(0, '127.0.0.1', resolve))
  place = `127.0.0.1:${(application.address() as AddressInfo).port}`
  service = await startService({ environment: { ASSAY_EGRESS_ALLOW: [upstream.host, mcp.host, place].join(',') } })
  for (const provider of ['compatible', 'openai']) {
    await service.call('POST /api/v1/credentials', {
      body: { provider, baseUrl: upstream.baseUrl, secret: 'not-a-real-key' },
    })
  }
})
afterAll(async () => {
  await service[Symbol.asyncDispose]()
  await upstream.close()
  await mcp.close()
  application.closeAllConnections()
  await new Promise((resolve) => application.close(resolve))
})
beforeEach(() => {
  upstream.reset()
  posted = []
})

let number = 0
const send = <Body = StoredSuite>(suite: Record<string, unknown>, headers: Record<string, string> = {}) =>
  service.call<Body>('POST /api/v1/suites', {
    body: { source: JSON.stringify({ name: `suite ${++number}`, ...suite }), file: 'suite.json' },
    ...(headers['authorization'] && { key: null }),
    headers,
  })
type Refused = { error: { code: string; message: string } }

/** Sends a suite, runs it and waits for its end. */
const run = async (suite: Record<string, unknown>, settings = {}): Promise<{ run: Run; results: CaseResult[] }> => {
  const { body: kept } = await send({ providers: ['compatible/m'], ...suite })
  const { body: started } = await service.call<Run>('POST /api/v1/runs', { body: { suiteId: kept.id, settings } })
  const ended = await until(`run ${started.id} to end`, async () => {
    const { body } = await service.call<Run>(`GET /api/v1/runs/${started.id}`)
    return body.status === 'completed' || body.status === 'failed' ? body : undefined
  })
  const { body } = await service.call<Page<CaseResult>>(`GET /api/v1/runs/${started.id}/results?limit=200`)
  return { run: ended, results: body.items }
}

const isJudge = ({ body }: FakeCall): boolean => body['response_format'] !== undefined
const rubric = { type: 'llm-rubric', value: 'is polite' }

test('answers are judged with the keys of the workspace, and what that took stands in the sums of the run', async () => {
  upstream.always((call) =>
    isJudge(call)
      ? { text: '{"reason":"it is","pass":true,"score":1}', usage: { inputTokens: 1_000, outputTokens: 100 } }
      : 'Good day!',
  )
  const tests = ['a', 'b'].map((id) => ({ id, input: id, assert: [rubric] }))
  const judged = await run({ tests: [...tests, { id: 'c', input: 'c', assert: [{ type: 'similar', value: 'Hi' }] }] })
  const judge = { calls: 1, models: ['openai/gpt-4.1-mini'], inputTokens: 1_000, outputTokens: 100 }
  expect(judged.results[0]).toMatchObject({ status: 'passed', verdicts: [{ type: 'llm-rubric', judge }] })
  expect(judged.results[2]?.verdicts[0]?.judge).toMatchObject({ models: ['openai/text-embedding-3-small'], calls: 2 })
  // 400 and 1,600 nano dollars a token: twice a thousand and twice a hundred.
  const sum = judged.run.totals!.judge!
  expect(sum).toMatchObject({ calls: 4, unpriced: 0 })
  expect(sum.costNanoUsd).toBeGreaterThanOrEqual(2 * (1_000 * 400 + 100 * 1_600))
  expect(judged.run.modelTotals[0]?.judge).toEqual(sum)
  expect(upstream.calls.filter(isJudge).map(({ model, key }) => [model, key])).toEqual([
    ['gpt-4.1-mini', 'not-a-real-key'],
    ['gpt-4.1-mini', 'not-a-real-key'],
  ])
})

test('the judge that is asked for judges; one that nobody knows is refused before anything is asked', async () => {
  upstream.always((call) => (isJudge(call) ? '{"reason":"no","pass":false,"score":0}' : 'Hm.'))
  const suite = { tests: [{ id: 'a', input: 'a', assert: [rubric] }] }
  const { results } = await run(suite, { judge: 'compatible/strict' })
  expect(results[0]).toMatchObject({ status: 'failed', verdicts: [{ judge: { models: ['compatible/strict'] } }] })
  const before = upstream.counters.requests
  const { body: kept } = await send({ providers: ['compatible/m'], ...suite })
  const body = { suiteId: kept.id, settings: { judge: 'nobody/knows-it' } }
  const refused = await service.call<Refused>('POST /api/v1/runs', { body })
  expect([refused.status, refused.body.error.code]).toEqual([404, 'gateway.model_unknown'])
  expect(upstream.counters.requests).toBe(before)
})

test('without a key of a judge what needs one stays unscored, and says so', async () => {
  const workspaceId = await makeWorkspace(service.app, 'keyless')
  const { headers } = await makeCaller(service.app, { workspaceId, scope: 'admin' })
  const { body: suite } = await send(
    { providers: ['sim/echo'], tests: [{ id: 'a', input: 'a', assert: [rubric] }] },
    headers,
  )
  const call = <Body>(route: string, body?: unknown) =>
    service.call<Body>(route, { key: null, headers, ...(body !== undefined && { body }) })
  const { body: started } = await call<Run>('POST /api/v1/runs', { suiteId: suite.id })
  const ended = await until('the run to end', async () => {
    const { body } = await call<Run>(`GET /api/v1/runs/${started.id}`)
    return body.status === 'completed' ? body : undefined
  })
  expect(ended.totals).toMatchObject({ unscored: 1, failed: 0 })
})

test('an agent is given the memory, the web and the tools of a server, by the one way out', async () => {
  upstream.always(({ body }) => {
    const step = (body['messages'] as { role: string }[]).filter(({ role }) => role === 'assistant').length
    const calls = [
      [{ name: 'create_entities', args: { entities: [{ name: 'Ada', entityType: 'person', observations: [] }] } }],
      [{ name: 'fetch', args: { url: `http://${place}/page` } }],
      [{ name: 'fetch', args: { url: 'http://169.254.169.254/latest/meta-data' } }],
      [{ name: 'lookup', args: { key: 'k' } }],
    ][step]
    return calls ? { toolCalls: calls } : 'done'
  })
  const { results } = await run({
    mcp: {
      memory: true,
      fetch: true,
      books: { url: mcp.url, headers: { authorization: 'Bearer a-long-secret' } },
    },
    tests: [{ id: 'a', input: 'Look it up', assert: [{ type: 'trajectory:tool-used', value: ['fetch', 'lookup'] }] }],
  })
  expect(results[0]).toMatchObject({ status: 'passed', response: 'done', kind: 'integration', steps: 5 })
  const calls = results[0]!.toolCalls!.map(({ name, status, result }) => [name, status, result])
  expect(calls[0]).toMatchObject(['create_entities', 'ok', expect.stringContaining('Ada')])
  expect(calls[1]).toMatchObject(['fetch', 'ok', 'The fee is 12.'])
  expect(calls[2]).toMatchObject(['fetch', 'denied', expect.stringContaining('169.254.169.254')])
  expect(calls[3]).toMatchObject(['lookup', 'ok', 'the key is k, and you sent [redacted]'])
  expect(mcp.calls).toEqual([{ name: 'lookup', args: { key: 'k' } }])
})

test('a tool that the suite only declares answers what its faults say', async () => {
  upstream.always(({ body }) => {
    const step = (body['messages'] as { role: string }[]).filter(({ role }) => role === 'assistant').length
    return step < 2 ? { toolCalls: [{ name: 'balance', args: {} }] } : 'It is 5.'
  })
  const { results } = await run({
    tools: [{ type: 'function', function: { name: 'balance', parameters: { type: 'object' } } }],
    faults: [
      { tool: 'balance', on: 1, error: 'try again' },
      { tool: 'balance', body: { euro: 5 } },
    ],
    tests: [{ id: 'a', input: 'How much is there?', assert: [{ type: 'contains', value: '5' }] }],
  })
  expect(results[0]).toMatchObject({
    status: 'passed',
    toolCalls: [
      { name: 'balance', status: 'error', result: 'try again' },
      { name: 'balance', status: 'ok', result: '{"euro":5}' },
    ],
  })
})

const one = [{ id: 'a', input: 'a' }]

test.each([
  ['a program', 'mcp:\n  files:\n    command: sh\n', /assay\.yaml:5:5: mcp\.files\.command: starts a program/],
  ['a program by its name', 'mcp: [memory, github]\n', /:3:15: mcp\.1: github starts a program/],
  ['files', 'mcp: [filesystem]\n', /:3:7: mcp\.0: filesystem sees files/],
  ['files by a table', 'mcp: { filesystem: true }\n', /:3:8: mcp\.filesystem: filesystem sees files/],
  ['a name of nobody', 'mcp: [fecth]\n', /:3:7: mcp\.0: fecth is no plugin here; there are fetch, memory/],
  ['a workspace', 'mcp: [fetch]\nworkspace: files\n', /:4:1: workspace: reads files/],
  ['a variable', 'mcp: { a: { url: "https://x.test/{{env.KEY}}" } }\n', /:3:13: mcp\.a\.url: is filled/],
  [
    'a variable in a header',
    'mcp: { a: { url: "https://x.test", headers: { k: "{{env.KEY}}" } } }\n',
    /headers\.k: is fi/,
  ],
  ['faults of no tool', 'faults: [{ tool: a, error: b }]\n', /:3:1: faults: .*the suite has none/],
  [
    'a workspace in a scenario',
    'mcp: [fetch]\nscenarios:\n  - config: [{ vars: { a: b } }]\n    tests:\n      - input: x\n        workspace: files\n',
    /:8:9: scenarios\.0\.tests\.0\.workspace: reads files/,
  ],
  [
    'a command as a model',
    'providers: ["exec:cat /etc/passwd"]\n',
    null, // It is a name of a model, and nobody knows it.
  ],
])('%s of the machine is refused when it is sent', async (_, text, said) => {
  const source = `name: refused\ntests: [{ id: a, input: a }]\n${text}`
  const { status, body } = await service.call<Refused & StoredSuite>('POST /api/v1/suites', { body: { source } })
  if (said === null) {
    const started = await service.call<Refused>('POST /api/v1/runs', { body: { suiteId: body.id } })
    return expect(started.body.error.code).toBe('gateway.model_unknown')
  }
  expect([status, body.error.code]).toEqual([422, 'suite.invalid'])
  expect(body.error.message).toMatch(said)
})

test('a suite that was kept before it was refused is refused when it is run, and so is a run that waits', async () => {
  const { body: kept } = await send({ providers: ['compatible/m'], tests: one })
  const harmful = JSON.stringify({ name: 'old', mcp: { a: { command: 'touch', args: ['/tmp/never'] } }, tests: one })
  const workspaceId = service.app.local.workspace.id
  const rewrite = (sourceHash: string) =>
    service.app.store.inWorkspace(workspaceId, ({ db }) =>
      db.updateTable('suiteSources').set({ source: harmful }).where('sourceHash', '=', sourceHash).execute(),
    )
  await rewrite(kept.sourceHash)
  const start = (suiteId: string) => service.call<Run & Refused>('POST /api/v1/runs', { body: { suiteId } })
  const refused = await start(kept.id)
  expect([refused.status, refused.body.error.code]).toEqual([422, 'suite.invalid'])
  expect(refused.body.error.message).toContain('mcp.a.command: starts a program')

  upstream.always(() => ({ status: 503 }))
  const { body: other } = await send({ providers: ['compatible/m'], tests: one, description: 'another text' })
  const started = await service.app.store.inWorkspace(workspaceId, async (scope) => {
    const { insertRun, updateRun } = await import('@assay/store')
    const { newRun } = await import('@assay/core')
    const { enqueue } = await import('../jobs/enqueue.ts')
    const { runSuiteJob } = await import('./execute-suite.ts')
    const { createId, nowIso } = service.app
    const { sourceHash, file } = other
    const given = { name: 'waits', trigger: 'manual', environment: 'ci', models: ['compatible/m'] } as const
    const waiting = newRun({ ...given, models: [...given.models], id: createId(), createdAt: nowIso(), sourceHash })
    await insertRun(scope, { ...waiting, file })
    await scope.db.updateTable('suiteSources').set({ source: harmful }).where('sourceHash', '=', sourceHash).execute()
    await enqueue(service.app, scope, runSuiteJob, { workspaceId, runId: waiting.id })
    await updateRun(scope, { id: waiting.id, status: 'queued' })
    return waiting
  })
  const ended = await until('the run to end', async () => {
    const { body } = await service.call<Run>(`GET /api/v1/runs/${started.id}`)
    return body.status === 'failed' ? body : undefined
  })
  expect(ended.error).toContain('mcp.a.command: starts a program')
  expect(upstream.counters.requests).toBe(0)
})

test('an address of the user is asked through the one way out; a private one is refused before', async () => {
  const endpoint = (url: string) => ({
    id: url,
    label: 'mine',
    config: {
      headers: { authorization: 'Bearer of-the-application' },
      body: { question: '{{prompt}}' },
      transformResponse: '$.said.text',
    },
  })
  const tests = [{ id: 'a', input: 'Who?', assert: [{ type: 'equals', value: 'from the outside' }] }]
  const { results } = await run({ providers: [endpoint(`http://${place}/ask`)], tests })
  expect(results[0]).toMatchObject({ status: 'passed', model: 'mine', httpStatus: 200 })
  expect(posted).toEqual([{ authorization: 'Bearer of-the-application', body: { question: 'Who?' } }])

  const { body: kept } = await send({ providers: [endpoint('http://169.254.169.254/latest')], tests })
  const refused = await service.call<Refused>('POST /api/v1/runs', { body: { suiteId: kept.id } })
  expect(refused.body.error.code).toBe('egress.denied')
  const { body: tools } = await send({ providers: ['compatible/m'], tests, mcp: { a: { url: 'http://10.0.0.1/mcp' } } })
  const denied = await service.call<Refused>('POST /api/v1/runs', { body: { suiteId: tools.id } })
  expect(denied.body.error.code).toBe('egress.denied')
  const hidden = await run({
    providers: [endpoint('http://{{host}}/ask')],
    tests: [{ ...tests[0], vars: { host: '127.0.0.1:1' } }],
  })
  expect(hidden.results[0]).toMatchObject({ status: 'error', error: { code: 'egress.denied' } })
})
