import type { Credential, GatewayKey, KeyPolicy, RequestRecord } from '@assay/core'
import { until } from '@assay/testkit'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startService, type TestService } from '../__fixtures__/service.ts'
import { startGuardedProvider, type GuardedProvider } from './__fixtures__/guarded-provider.ts'

/** A key that balances, over several credentials of one provider. */

const secrets = ['sk-first-secret-000001', 'sk-second-secret-00002', 'sk-third-secret-000003'] as const
let provider: GuardedProvider
let service: TestService
let ids: string[]
beforeAll(async () => {
  provider = await startGuardedProvider(...secrets)
  service = await startService({ environment: { ASSAY_EGRESS_ALLOW: provider.host } })
  ids = []
  for (const [index, secret] of secrets.entries()) {
    const body = { provider: 'compatible', name: `number ${index}`, baseUrl: provider.baseUrl, secret }
    ids.push((await service.call<Credential>('POST /api/v1/credentials', { body })).body.id)
  }
})
beforeEach(() => {
  provider.calls.length = 0
  for (const secret of secrets) provider.accept(secret)
  service.app.breakers.clear()
})
afterAll(async () => {
  await service[Symbol.asyncDispose]()
  await provider[Symbol.asyncDispose]()
})

const makeKey = async (policy: Partial<KeyPolicy>): Promise<string> => {
  const body = { name: 'balanced', ...policy }
  return (await service.call<GatewayKey & { key: string }>('POST /api/v1/gateway-keys', { body })).body.key
}
const ask = (key: string, headers: Record<string, string> = {}) =>
  service.call<{ choices: unknown[] }>('POST /v1/chat/completions', {
    key,
    headers,
    body: { model: 'compatible/test-model', messages: [{ role: 'user', content: 'Hi' }] },
  })
const callsBy = (): number[] => secrets.map((secret) => provider.calls.filter(({ key }) => key === secret).length)

test('without an order the default serves every call', async () => {
  const key = await makeKey({})
  for (let call = 0; call < 10; call++) await ask(key)
  expect(callsBy()).toEqual([10, 0, 0])
})

test('weighted draws evenly among all, or by the weights of their ids', async () => {
  const even = await makeKey({ routePolicy: { order: 'weighted' } })
  for (let call = 0; call < 60; call++) expect((await ask(even)).status).toBe(200)
  // Each is missed in sixty draws once in 10^10 times.
  expect(callsBy().every((calls) => calls > 3)).toBe(true)
  provider.calls.length = 0
  const weighed = await makeKey({ routePolicy: { order: 'weighted', weights: { [ids[2]!]: 1 } } })
  for (let call = 0; call < 10; call++) await ask(weighed)
  expect(callsBy()).toEqual([0, 0, 10])
})

test('latency asks each once, and then the fastest', async () => {
  const key = await makeKey({ routePolicy: { order: 'latency' } })
  for (const delayMs of [80, 5, 80]) {
    provider.slow(delayMs)
    await ask(key)
  }
  provider.slow(0)
  expect(callsBy()).toEqual([1, 1, 1])
  for (let call = 0; call < 5; call++) await ask(key)
  expect(callsBy()).toEqual([1, 6, 1])
})

test('what the key is bound to and what the request names hold', async () => {
  const bound = await makeKey({ routePolicy: { order: 'weighted' }, credentialIds: [ids[0]!, ids[1]!] })
  for (let call = 0; call < 30; call++) await ask(bound)
  expect(callsBy()[2]).toBe(0)
  expect(
    callsBy()
      .slice(0, 2)
      .every((calls) => calls > 0),
  ).toBe(true)
  provider.calls.length = 0
  for (let call = 0; call < 5; call++) await ask(bound, { 'x-assay-credential': ids[1]! })
  expect(callsBy()).toEqual([0, 5, 0])
})

test('after a refusal the next credential is tried, and the one that was refused is passed over', async () => {
  const key = await makeKey({ routePolicy: { order: 'weighted', weights: { [ids[0]!]: 1_000, [ids[1]!]: 0.001 } } })
  provider.refuse(secrets[0])
  const answer = await ask(key)
  expect(answer.status).toBe(200)
  const id = answer.headers.get('x-assay-request-id')!
  const row = await until('the row', async () => {
    const { status, body } = await service.call<RequestRecord>(`GET /api/v1/requests/${id}`)
    return status === 200 && body.status === 'completed' ? body : undefined
  })
  expect(row.attempts.map(({ credentialId, status }) => [credentialId, status])).toEqual([
    [ids[0], 401],
    [ids[1], 200],
  ])
  provider.calls.length = 0
  for (let call = 0; call < 3; call++) expect((await ask(key)).status).toBe(200)
  expect(callsBy()).toEqual([0, 3, 0])
})
