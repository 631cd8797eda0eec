import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Execution, GoldenCase, Page, RegressionTest, Run } from '@assay/core'
import { until } from '@assay/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startService, type TestService } from '../../__fixtures__/service.ts'

/** What the product says next; a number is a status. */
let says: string | number = 'ok'
let asked: string[] = []
let product: Server
let address = ''
let service: TestService
beforeAll(async () => {
  product = createServer((request, response) => {
    let body = ''
    request.on('data', (part: Buffer) => void (body += part.toString()))
    request.on('end', () => {
      asked.push(body)
      response.writeHead(typeof says === 'number' ? says : 200, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ answer: says }))
    })
  })
  await new Promise<void>((resolve) => product.listen(0, '127.0.0.1', resolve))
  address = `127.0.0.1:${(product.address() as AddressInfo).port}`
  service = await startService({ environment: { ASSAY_EGRESS_ALLOW: address } })
})
afterAll(async () => {
  await service[Symbol.asyncDispose]()
  product.closeAllConnections()
  await new Promise((resolve) => product.close(resolve))
})

const path = '/api/v1/regression-tests'
const create = (body: Record<string, unknown>) => service.call<RegressionTest>(`POST ${path}`, { body })
const made = async (body: Record<string, unknown>): Promise<string> => {
  const answer = await create(body)
  if (answer.status !== 201) throw new Error(JSON.stringify(answer.body))
  return answer.body.id
}
const read = async (id: string) => (await service.call<RegressionTest>(`GET ${path}/${id}`)).body
const history = async (id: string) => (await service.call<Page<Execution>>(`GET ${path}/${id}/history`)).body.items
const ended = (runId: string) =>
  until(`run ${runId} to end`, async () => {
    const { body } = await service.call<Run>(`GET /api/v1/runs/${runId}`)
    return body.status === 'completed' || body.status === 'failed' ? body : undefined
  })
const run = async (body: Record<string, unknown>) =>
  ended((await service.call<{ runId: string }>(`POST ${path}/run`, { body })).body.runId)
const verify = async (id: string) =>
  ended((await service.call<{ runId: string }>(`POST ${path}/${id}/verify`, { body: {} })).body.runId)

const echo = (name: string, more: Record<string, unknown> = {}) => ({
  name,
  kind: 'smoke',
  target: 'sim/echo',
  prompt: `say ${name}`,
  expected: { shouldNotFail: true, assertions: [{ type: 'contains', value: name }] },
  ...more,
})
const endpoint = (name: string, more: Record<string, unknown> = {}) => ({
  name,
  target: {
    kind: 'endpoint',
    url: `http://${address}/ask`,
    config: { body: { question: '{{prompt}}' }, transformResponse: '$.answer' },
  },
  prompt: `what about {{${name}}}?`,
  expected: { assertions: [{ type: 'equals', value: 'ok' }] },
  ...more,
})

test('a test by hand is red on the bad answer of its author, green twice, and then earns confidence, trust and health', async () => {
  const id = await made(echo('river', { badOutput: 'mountain', framework: 'html', tags: ['feature:water'] }))
  expect(await read(id)).toMatchObject({
    origin: 'manual',
    state: 'draft',
    confidence: 75,
    version: 1,
    framework: 'html',
  })
  await verify(id)
  const proven = await read(id)
  expect(proven).toMatchObject({ state: 'active', confidence: 75, healthExecutions: 0 })
  expect(proven.verification.red).toMatchObject({ source: 'given_output' })
  expect(proven.verification.green).toHaveLength(2)
  await run({ testId: id, environment: 'staging', trigger: 'deployment', release: '2.1.0' })
  const scored = await read(id)
  expect(scored).toMatchObject({ confidence: 80, healthExecutions: 1, passes: 1 })
  expect(scored.trustLow).toBeLessThan(scored.trust)
  expect(await history(id)).toMatchObject([
    { outcome: 'pass', release: '2.1.0', environment: 'staging', trigger: 'deployment', attempts: 1, version: 1 },
    { outcome: 'pass', verification: true, attempts: 2, passed: 2 },
  ])
})

test('one that was never red proves nothing and says so', async () => {
  const id = await made(echo('lake'))
  await verify(id)
  expect(await read(id)).toMatchObject({
    state: 'unconfirmed',
    stateReason: expect.stringContaining('never seen to fail') as string,
  })
})

test('the same name, and the same case under another name, are refused; a change asks for proof again', async () => {
  const id = await made(echo('pond', { badOutput: 'x' }))
  expect(await create(echo('pond'))).toMatchObject({
    status: 409,
    body: { error: { code: 'monitor.test_name_taken' } },
  })
  const twin = await create({ ...echo('pond', { badOutput: 'x' }), name: 'another' })
  expect(twin).toMatchObject({ status: 409, body: { error: { code: 'monitor.test_exists' } } })
  await verify(id)
  const body = { expected: { assertions: [{ type: 'contains', value: 'say' }] } }
  const { body: changed } = await service.call<RegressionTest>(`PATCH ${path}/${id}`, { body })
  expect(changed).toMatchObject({ version: 2, state: 'draft', verification: { red: null, green: [] } })
  const { body: tagged } = await service.call<RegressionTest>(`PATCH ${path}/${id}`, { body: { tags: ['a'] } })
  expect(tagged).toMatchObject({ version: 2, tags: ['a'] })
  const { body: retired } = await service.call<RegressionTest>(`DELETE ${path}/${id}`)
  expect(retired).toMatchObject({ state: 'retired', isActive: false })
  expect(await service.call(`POST ${path}/run`, { body: { testId: id } })).toMatchObject({ status: 409 })
})

test('an endpoint of the user is asked with the prompt as it is; broken by three failures, mended by a pass', async () => {
  const id = await made(endpoint('parcel'))
  says = 'bad'
  await run({ testId: id, reruns: 0 })
  expect(await read(id)).toMatchObject({ state: 'red' })
  expect(asked.at(-1)).toBe('{"question":"what about {{parcel}}?"}')
  says = 'ok'
  await verify(id)
  expect(await read(id)).toMatchObject({ state: 'active' })
  says = 500
  for (let count = 0; count < 3; count++) await run({ testId: id, reruns: 1 })
  expect(await read(id)).toMatchObject({ state: 'broken', confidence: 45, fails: 3 })
  says = 'ok'
  await run({ testId: id })
  expect(await read(id)).toMatchObject({ state: 'active', confidence: 50 })
})

test('k of n, and a run that may cost nothing', async () => {
  const id = await made(endpoint('three', { passAt: '2/3' }))
  says = 'ok'
  asked = []
  await run({ testId: id })
  expect(asked).toHaveLength(3)
  await run({ testId: id, maxCostUsd: 0 })
  expect((await history(id))[0]).toMatchObject({ outcome: 'error', error: expect.stringContaining('spent') as string })
})

test('contract tests hold the form of every dialect, and the tables against the migrations', async () => {
  for (const dialect of ['chat', 'responses', 'messages', 'contents', 'embeddings']) {
    const model = dialect === 'embeddings' ? 'sim/embed' : 'sim/echo'
    const id = await made({
      name: `form_${dialect}`,
      kind: 'contract',
      target: `gateway:${dialect}:${model}`,
      prompt: 'hello',
    })
    await run({ testId: id })
    expect({ dialect, ...(await history(id))[0] }).toMatchObject({ dialect, outcome: 'pass' })
  }
  const id = await made({ name: 'tables', kind: 'contract', target: 'database' })
  await run({ testId: id })
  expect((await history(id))[0]).toMatchObject({ outcome: 'pass', actual: 'as the migrations make it' })
  expect(await create({ ...echo('formless'), kind: 'contract' })).toMatchObject({ status: 400 })
}, 60_000)

test('a pipeline runs phase after phase, and names the one that failed', async () => {
  const phases = [
    { name: 'draft', prompt: 'alpha', expected: {} },
    { name: 'review', prompt: 'seen: {{output}} of {{phases.draft.output}}', expected: {} },
  ]
  const expected = { assertions: [{ type: 'equals', value: 'seen: alpha of alpha' }] }
  const id = await made({ name: 'pipeline', kind: 'integration', target: 'sim/echo', phases, expected })
  await run({ testId: id })
  expect((await history(id))[0]).toMatchObject({ outcome: 'pass', actual: 'seen: alpha of alpha' })
  const broken = [{ ...phases[0]!, expected: { assertions: [{ type: 'equals', value: 'beta' }] } }, phases[1]!]
  await service.call(`PATCH ${path}/${id}`, { body: { phases: broken } })
  await run({ testId: id, reruns: 0 })
  expect((await history(id))[0]).toMatchObject({ outcome: 'fail', version: 2 })
  expect(await create({ ...echo('short'), kind: 'integration' })).toMatchObject({ status: 400 })
})

test('a rejected answer becomes a test that waits for a person, and three ups offer a golden case', async () => {
  await service.call('PATCH /api/v1/retention', { body: { retention: 'full' } })
  const ask = async (content: string): Promise<string> => {
    const body = {
      model: 'sim/echo',
      messages: [
        { role: 'system', content: 'Answer shortly.' },
        { role: 'user', content },
      ],
    }
    const answer = await service.call('POST /v1/chat/completions', { body })
    return answer.headers.get('x-assay-request-id')!
  }
  type Said = { failure: { groupId: string; testId: string | null } | null; golden: { id: string } | null }
  const vote = async (requestId: string, body: Record<string, unknown>) =>
    (await service.call<Said>('POST /api/v1/feedback', { body: { requestId, ...body } })).body
  const rejected: Said[] = []
  for (const order of ['first', 'second', 'third']) {
    rejected.push(await vote(await ask(`the ${order} order`), { vote: 'down', corrected: 'It ships on Monday.' }))
  }
  expect(new Set(rejected.map(({ failure }) => failure?.groupId)).size).toBe(1)
  const testId = rejected[2]!.failure!.testId!
  expect(await read(testId)).toMatchObject({ origin: 'feedback', needsConfirmation: true, state: 'draft' })
  await verify(testId)
  expect(await read(testId)).toMatchObject({ state: 'draft' })
  const { body: confirmed } = await service.call<RegressionTest>(`POST ${path}/${testId}/confirm`, { body: {} })
  expect(confirmed).toMatchObject({ needsConfirmation: false, expected: { assertions: [{ type: 'rouge-n' }] } })

  const liked: Said[] = []
  for (let count = 0; count < 3; count++) liked.push(await vote(await ask('the capital of France'), { vote: 'up' }))
  expect(liked.map(({ golden }) => golden === null)).toEqual([true, true, false])
  const { body: offers } = await service.call<Page<GoldenCase>>('GET /api/v1/golden-cases')
  expect(offers.items).toMatchObject([{ ups: 3, state: 'offered' }])
  const accepted = await service.call<RegressionTest>(`POST /api/v1/golden-cases/${offers.items[0]!.id}/accept`, {
    body: {},
  })
  expect(accepted).toMatchObject({ status: 201, body: { origin: 'feedback', state: 'draft' } })
}, 30_000)

test('a group may have its test at once, and only one', async () => {
  const report = {
    message: 'RangeError: the cart is empty',
    request: { model: 'sim/echo', messages: [{ role: 'user', content: 'cart' }] },
  }
  const { body } = await service.call<{ group: { id: string } }>('POST /api/v1/failures', { body: report })
  const route = `POST /api/v1/failure-groups/${body.group.id}/test`
  expect(await service.call(route, { body: {} })).toMatchObject({ status: 201, body: { groupId: body.group.id } })
  expect(await service.call(route, { body: {} })).toMatchObject({ status: 409 })
})
