import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Execution, FailureGroup, FailureReceipt, Page, RegressionTest, Run } from '@assay/core'
import { type FakeProvider, startFakeProvider, until } from '@assay/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { adminKey, startService, type TestService } from '../../__fixtures__/service.ts'

/** What the model server says next; a number is a status to refuse with. */
let says: string | number = ''
let refusal = 'The server is overloaded'
let upstream: FakeProvider

let service: TestService
/** Where nobody listens. */
let nobody = ''
beforeAll(async () => {
  upstream = await startFakeProvider({
    always: () => (typeof says === 'number' ? { status: says, error: refusal } : says),
  })
  const { host } = upstream
  nobody = `127.0.0.1:${await closedPort()}`
  service = await startService({ environment: { ASSAY_EGRESS_ALLOW: `${host},${nobody}` } })
  const body = { provider: 'compatible', baseUrl: `http://${host}/v1`, secret: 'not-a-real-key' }
  await service.call('POST /api/v1/credentials', { body })
})
afterAll(async () => {
  await service[Symbol.asyncDispose]()
  await upstream.close()
})

const schema = { type: 'object', properties: { total: { type: 'number' } }, required: ['total'] }

/** A port that was just free, so that nobody listens there. */
const closedPort = async (): Promise<number> => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** Reports a failure three times; answers the test that came of it. */
const testFrom = async (report: Record<string, unknown>): Promise<string> => {
  let receipt: FailureReceipt | null = null
  for (let count = 0; count < 3; count++) {
    receipt = (await service.call<FailureReceipt>('POST /api/v1/failures', { body: report })).body
  }
  return receipt!.regressionTest!.id
}

const invoiceFailure = (name: string) => ({
  name,
  message: `${name}: the answer does not fit the requested schema: /total must be number`,
  output: '{"total":"twelve"}',
  request: {
    model: 'compatible/m',
    messages: [{ role: 'user', content: 'Read {{invoice}} 12.' }],
    response_format: { type: 'json_schema', json_schema: { name: 'invoice', schema } },
  },
})

const run = async (selection: Record<string, unknown>): Promise<Run> => {
  const { body } = await service.call<{ runId: string }>('POST /api/v1/regression-tests/run', {
    body: { environment: 'staging', trigger: 'ci', ...selection },
  })
  return ended(body.runId)
}

const ended = (runId: string): Promise<Run> =>
  until(`run ${runId} to end`, async () => {
    const { body: found } = await service.call<Run>(`GET /api/v1/runs/${runId}`)
    return found.status === 'completed' || found.status === 'failed' ? found : undefined
  })

const read = async (id: string): Promise<RegressionTest> =>
  (await service.call<RegressionTest>(`GET /api/v1/regression-tests/${id}`)).body

const historyOf = async (id: string): Promise<Execution[]> =>
  (await service.call<Page<Execution>>(`GET /api/v1/regression-tests/${id}/history`)).body.items

test('a test goes red while the fault is there, green twice after the fix, and then earns and loses confidence', async () => {
  const testId = await testFrom(invoiceFailure('InvoiceError'))
  says = '{"total":"twelve"}'
  expect(await run({ testId })).toMatchObject({ status: 'completed', trigger: 'ci', environment: 'staging' })
  expect(await read(testId)).toMatchObject({ state: 'red', confidence: 75 })
  says = '{"total":12}'
  await run({ testId })
  await run({ testId })
  expect(await read(testId)).toMatchObject({ state: 'active', confidence: 75 })
  await run({ testId })
  expect(await read(testId)).toMatchObject({ state: 'active', confidence: 80 })
  says = 'no JSON at all'
  await run({ testId })
  expect(await read(testId)).toMatchObject({ confidence: 70 })

  const history = await historyOf(testId)
  expect(history.map(({ outcome }) => outcome)).toEqual(['fail', 'pass', 'pass', 'pass', 'fail'])
  expect(history.map(({ verification }) => verification)).toEqual([false, false, true, true, true])
  expect(history[0]).toMatchObject({ environment: 'staging', trigger: 'ci', confidence: 70 })
  expect(history[0]?.expected).toContain('JSON Schema')
})

test('a failing test is asked three times more; what passes then is flaky', async () => {
  const testId = await testFrom(invoiceFailure('FlakyInvoiceError'))
  says = 503
  const before = upstream.counters.requests
  const { id } = await run({ testId })
  expect(upstream.counters.requests - before).toBe(4)
  const { body } = await service.call<Page<{ status: string; repeat: number }>>(`GET /api/v1/runs/${id}/results`)
  expect(body.items.map(({ repeat }) => repeat)).toEqual([1, 2, 3, 4])
})

test('where the fix is live already, the recorded answer is what the test is seen to fail on', async () => {
  const testId = await testFrom(invoiceFailure('FixedInvoiceError'))
  says = '{"total":12}'
  await run({ testId })
  expect(await read(testId)).toMatchObject({ state: 'red' })
  await run({ testId })
  expect(await read(testId)).toMatchObject({ state: 'active', confidence: 75 })
})

/** So often that no patience helps. */
const lasting = { context: { response: { status: 529, times: 9 } } }

const providerFault = (name: string, model: string, failed: string) => ({
  name,
  message: `${name}: ${failed} gave no usable answer: HTTP 529: Overloaded.`,
  httpStatus: 529,
  provider: failed.split('/')[0],
  model: failed,
  request: { model, messages: [{ role: 'user', content: 'hello' }] },
})

test('a fault that lasts stays red where nothing stands behind its model, and the provider itself is not asked', async () => {
  const testId = await testFrom({ ...providerFault('ProviderError', 'compatible/m', 'compatible/m'), ...lasting })
  expect(await read(testId)).toMatchObject({ method: 'inject', target: { kind: 'fault' } })
  const before = upstream.counters.requests
  for (let count = 0; count < 3; count++) await run({ testId })
  expect(await read(testId)).toMatchObject({ state: 'red', confidence: 75 })
  expect(upstream.counters.requests).toBe(before)
})

test('a fault that passes is red without protection, and green because the gateway asks again', async () => {
  const testId = await testFrom(providerFault('PassingError', 'compatible/m', 'compatible/m'))
  const before = upstream.counters.requests
  const { body } = await service.call<{ runId: string }>(`POST /api/v1/regression-tests/${testId}/verify`, { body: {} })
  await ended(body.runId)
  const found = await read(testId)
  expect(found).toMatchObject({ state: 'active', confidence: 75 })
  expect(found.verification.red).toMatchObject({ source: 'unprotected', runId: body.runId })
  expect(found.verification.green).toMatchObject([{ source: 'protected' }, { source: 'protected' }])
  expect(upstream.counters.requests).toBe(before)
})

test('a fault of the first model of auto goes red without the plan, and green with its next candidate', async () => {
  const testId = await testFrom(providerFault('FirstModelError', 'auto', 'sim/fast'))
  await run({ testId })
  expect(await read(testId)).toMatchObject({ state: 'red' })
  await run({ testId })
  expect(await read(testId)).toMatchObject({ state: 'active', confidence: 75 })
})

test('a fault of the last model of auto stays red: every candidate before it had failed already', async () => {
  const testId = await testFrom({ ...providerFault('LastModelError', 'auto', 'sim/smart'), ...lasting })
  await run({ testId })
  await run({ testId })
  expect(await read(testId)).toMatchObject({ state: 'red' })
})

test('an answer with an impossible number of tokens is judged by what it says, and the service goes on', async () => {
  const body = { model: 'm', choices: [{ index: 0, message: { content: '{"total":12}' }, finish_reason: 'stop' }] }
  const fault = { body: { ...body, usage: { prompt_tokens: 1e300, completion_tokens: 1 } } }
  const testId = await testFrom({
    ...invoiceFailure('HugeUsageError'),
    request: {
      ...invoiceFailure('HugeUsageError').request,
      model: 'sim/fault',
      messages: [{ role: 'system', content: JSON.stringify(fault) }],
    },
  })
  expect(await run({ testId })).toMatchObject({ status: 'completed' })
  const [execution] = await historyOf(testId)
  expect(execution).toMatchObject({ outcome: 'pass' })
  expect(await service.call('GET /healthz', { key: null })).toMatchObject({ status: 200 })
})

test('a draft that fails in another way than recorded is not red', async () => {
  const testId = await testFrom(invoiceFailure('OtherwiseError'))
  says = 503
  await run({ testId })
  expect(await read(testId)).toMatchObject({ state: 'draft', redAt: null })
  expect(await historyOf(testId)).toMatchObject([{ outcome: 'fail' }])
})

test('a draft that fails with the error of its group is red, whatever the order number', async () => {
  refusal = 'Invalid prompt: the order 17 has no lines'
  says = 400
  const request = { model: 'compatible/m', messages: [{ role: 'user', content: 'hello' }] }
  for (let count = 0; count < 3; count++) {
    await fetch(`${service.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' },
      body: JSON.stringify(request),
    })
  }
  const testId = await until('the test of the refusals', async () => {
    const { body } = await service.call<Page<FailureGroup>>('GET /api/v1/failure-groups?limit=200')
    return body.items.find(({ title }) => title.includes('Invalid prompt'))?.testId ?? undefined
  })
  expect(await read(testId)).toMatchObject({ method: 'replay' })
  refusal = 'Invalid prompt: the order 4711 has no lines'
  await run({ testId })
  expect(await read(testId)).toMatchObject({ state: 'red' })
})

test('a test that cannot be run says so and moves nothing', async () => {
  const testId = await testFrom({
    ...invoiceFailure('KeylessError'),
    request: { model: 'openai/gpt-4o-mini', messages: [{ role: 'user', content: 'hello' }] },
  })
  await run({ testId })
  expect(await read(testId)).toMatchObject({ state: 'draft', confidence: 75, runs: 1 })
  const [execution] = await historyOf(testId)
  expect(execution).toMatchObject({ outcome: 'error', error: expect.stringContaining('vault.key_missing') as string })
})

test('a draft whose provider cannot be reached, or refuses our key, is not red', async () => {
  await service.call('POST /api/v1/credentials', {
    body: { provider: 'openai', baseUrl: `http://${nobody}/v1`, secret: 'not-a-real-key' },
  })
  const away = invoiceFailure('AwayInvoiceError')
  const testId = await testFrom({ ...away, request: { ...away.request, model: 'openai/gpt-4o-mini' } })
  await run({ testId })
  expect(await read(testId)).toMatchObject({ state: 'draft', redAt: null })
  expect(await historyOf(testId)).toMatchObject([
    { outcome: 'error', error: expect.stringContaining('unreachable') as string },
  ])

  for (const status of [401, 403]) {
    const refusedId = await testFrom(invoiceFailure(`Refused${status === 401 ? 'Sign' : 'Right'}Error`))
    says = status
    await run({ testId: refusedId })
    expect(await read(refusedId)).toMatchObject({ state: 'draft', redAt: null })
    expect(await historyOf(refusedId)).toMatchObject([{ outcome: 'error' }])
  }
})

test('when nearly all of many tests fail at once it is not the product, and no score moves', async () => {
  const { body } = await service.call<Page<RegressionTest>>('GET /api/v1/regression-tests?limit=200')
  const ids = body.items
    .filter(({ target }) => target.kind === 'model' && target.model === 'compatible/m')
    .map(({ id }) => id)
  for (let count = ids.length; count < 12; count++)
    ids.push(await testFrom(invoiceFailure(`Bulk${'abcdefghijkl'[count]}Error`)))
  const before = await Promise.all(ids.map(read))
  says = 503
  await run({ testIds: ids })
  const after = await Promise.all(ids.map(read))
  expect(after.map(({ confidence, state }) => ({ confidence, state }))).toEqual(
    before.map(({ confidence, state }) => ({ confidence, state })),
  )
  expect((await historyOf(ids[0]!))[0]).toMatchObject({ outcome: 'infrastructure' })
})

test('a run that is cancelled breaks off what it asks, asks nothing more and moves no test', async () => {
  const ids: string[] = []
  for (const name of ['North', 'East', 'South', 'West', 'Middle', 'Upper']) {
    ids.push(await testFrom({ ...invoiceFailure(`${name}CancelError`), tags: ['cancelled'] }))
  }
  const before = await Promise.all(ids.map(read))
  upstream.always(async () => {
    await sleep(60_000, undefined, { ref: false })
    return 'too late'
  })
  try {
    const asked = upstream.counters.requests
    const selection = { environment: 'staging', trigger: 'ci', tag: 'cancelled' }
    const { body } = await service.call<{ runId: string; tests: number }>('POST /api/v1/regression-tests/run', {
      body: selection,
    })
    expect(body.tests).toBe(6)
    await until('four calls are open', () => (upstream.counters.inFlight === 4 ? true : undefined))
    const cancelledAt = Date.now()
    const { status, body: run } = await service.call<Run>(`POST /api/v1/runs/${body.runId}/cancel`, { body: {} })
    expect([status, run.status]).toEqual([200, 'cancelled'])
    await until('no call is open', () =>
      upstream.calls.every(({ isClosedEarly, status }) => isClosedEarly || status !== null) ? true : undefined,
    )
    expect(Date.now() - cancelledAt).toBeLessThan(5_000)
    await sleep(1_500)
    expect(upstream.counters.requests - asked).toBe(4)
    expect((await service.call<Run>(`GET /api/v1/runs/${body.runId}`)).body.status).toBe('cancelled')
    expect(await Promise.all(ids.map(read))).toEqual(before)
    for (const id of ids) expect(await historyOf(id)).toEqual([])
  } finally {
    upstream.always(() => (typeof says === 'number' ? { status: says, error: refusal } : says))
  }
})

test('a run of nothing is refused by what was asked for', async () => {
  const answer = await service.call('POST /api/v1/regression-tests/run', { body: { tag: 'nobody-has-this' } })
  expect(answer).toMatchObject({ status: 404, body: { error: { code: 'monitor.nothing_to_run' } } })
  expect(JSON.stringify(answer.body)).toContain('nobody-has-this')
  for (const body of [{}, { runAll: true, tag: 'both' }, { testIds: [] }, { tag: 'x', maxCostUsd: -1 }]) {
    expect(await service.call('POST /api/v1/regression-tests/run', { body })).toMatchObject({ status: 400 })
  }
})
