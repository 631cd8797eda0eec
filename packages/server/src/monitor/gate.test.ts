import type { Alert, FailureReceipt, Gate, Page, RegressionTest, Run } from '@assay/core'
import { listGateClosures } from '@assay/store'
import { type FakeProvider, startFakeProvider, until } from '@assay/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startService, type TestService } from '../__fixtures__/service.ts'

let says = ''
let upstream: FakeProvider
let service: TestService
beforeAll(async () => {
  upstream = await startFakeProvider({ always: () => says })
  service = await startService({ environment: { ASSAY_EGRESS_ALLOW: upstream.host } })
  const body = { provider: 'compatible', baseUrl: `http://${upstream.host}/v1`, secret: 'not-a-real-key' }
  await service.call('POST /api/v1/credentials', { body })
})
afterAll(async () => {
  await service[Symbol.asyncDispose]()
  await upstream.close()
})

const schema = { type: 'object', properties: { total: { type: 'number' } }, required: ['total'] }

const testFrom = async (name: string, changes: Record<string, unknown> = {}): Promise<string> => {
  const report = {
    name,
    message: `${name}: the answer does not fit the requested schema: /total must be number`,
    output: '{"total":"twelve"}',
    tags: [name],
    request: {
      model: 'compatible/m',
      messages: [{ role: 'user', content: `Read invoice 12 of ${name}.` }],
      response_format: { type: 'json_schema', json_schema: { name: 'invoice', schema } },
    },
    ...changes,
  }
  let receipt: FailureReceipt | null = null
  for (let count = 0; count < 3; count++) {
    receipt = (await service.call<FailureReceipt>('POST /api/v1/failures', { body: report })).body
  }
  return receipt!.regressionTest!.id
}

const run = async (selection: Record<string, unknown>): Promise<Run> => {
  const { body } = await service.call<{ runId: string }>('POST /api/v1/regression-tests/run', {
    body: { environment: 'staging', trigger: 'ci', ...selection },
  })
  return until(`run ${body.runId} to end`, async () => {
    const { body: found } = await service.call<Run>(`GET /api/v1/runs/${body.runId}`)
    return found.status === 'completed' || found.status === 'failed' ? found : undefined
  })
}

const gate = async (policy: Record<string, unknown> = {}): Promise<Gate> => {
  const { status, body } = await service.call<Gate>('POST /api/v1/regression-tests/gate', { body: policy })
  expect(status).toBe(200)
  return body
}

const closures = () =>
  service.app.store.inWorkspace(service.app.local.workspace.id, (scope) =>
    listGateClosures(scope, '2000-01-01T00:00:00.000Z'),
  )

test('without tests the gate is open and says so; a known red one changes nothing', async () => {
  expect(await gate()).toMatchObject({ state: 'open', tests: [], reasons: [] })
  expect((await gate()).warnings).toHaveLength(1)
  expect(await gate({ requireTests: true })).toMatchObject({ state: 'closed', reasons: [{ code: 'no_tests' }] })

  const testId = await testFrom('GateError')
  says = '{"total":"twelve"}'
  await run({ testId })
  expect(await gate()).toMatchObject({ state: 'open', tests: [{ id: testId, standing: 'known_red' }] })
  expect(await closures()).toEqual([])
})

test('an active test that fails closes the gate; what closed it is kept once for each gate', async () => {
  const { items } = (await service.call<Page<RegressionTest>>('GET /api/v1/regression-tests')).body
  const testId = items[0]!.id
  says = '{"total":12}'
  await run({ testId })
  await run({ testId })
  expect(await gate({ environment: 'staging' })).toMatchObject({ state: 'open', tests: [{ standing: 'guards' }] })
  expect(await gate({ environment: 'dev' })).toMatchObject({ state: 'closed', reasons: [{ code: 'no_result' }] })
  expect(await closures()).toEqual([])

  says = 'no JSON at all'
  const failed = await run({ testId })
  const closed = await gate({ release: '2.0.0', runId: failed.id })
  expect(closed).toMatchObject({ state: 'closed', reasons: [{ code: 'failed', testId }] })
  expect(closed.reasons[0]?.expected).toContain('JSON Schema')
  expect(closed.reasons[0]?.actual).toBeTruthy()
  expect(await closures()).toMatchObject([{ testId, release: '2.0.0', groupId: items[0]!.groupId }])

  const alerts = async () =>
    (await service.call<Page<Alert>>('GET /api/v1/alerts?rule=gate.closed&object=staging')).body.items
  expect(await alerts()).toMatchObject([{ resolvedAt: null, details: { blocking: 1, release: '2.0.0' } }])
  // What a model answered leaves with no alert.
  expect(JSON.stringify(await alerts())).not.toContain('JSON')
  says = '{"total":12}'
  expect(await gate({ runId: (await run({ testId })).id })).toMatchObject({ state: 'open' })
  expect((await alerts())[0]?.resolvedAt).not.toBeNull()
})

test('a run of which nearly all fail is infrastructure: unknown, and nothing is kept', async () => {
  says = '{"total":12}'
  const names = ['A', 'B', 'C', 'D', 'E'].map((letter) => `Infra${letter}Error`)
  for (const name of names) {
    const testId = await testFrom(name, { tags: ['infra'] })
    await run({ testId })
    await run({ testId })
  }
  expect(await gate({ tag: 'infra' })).toMatchObject({ state: 'open' })
  const before = (await closures()).length
  says = 'no JSON at all'
  const { id } = await run({ tag: 'infra' })
  expect(await gate({ tag: 'infra', runId: id })).toMatchObject({ state: 'unknown' })
  expect(await closures()).toHaveLength(before)
})

test('mistakes are named', async () => {
  const refused = async (body: Record<string, unknown>) =>
    await service.call<{ error: { code: string; message: string } }>('POST /api/v1/regression-tests/gate', { body })
  expect(await refused({ runId: '00000000-0000-4000-8000-000000000000' })).toMatchObject({ status: 404 })
  const unknown = await refused({ maxAge: '24h' })
  expect(unknown.status).toBe(400)
  expect(JSON.stringify(unknown.body)).toContain('maxAge')
  expect(await refused({ minConfidence: 101 })).toMatchObject({ status: 400 })
})
