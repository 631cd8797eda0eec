import { timestamp, type GatewayKey, type KeyPolicy } from '@assay/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startService, type TestService } from '../__fixtures__/service.ts'

let service: TestService
beforeAll(async () => {
  service = await startService()
})
afterAll(() => service[Symbol.asyncDispose]())

type Made = GatewayKey & { key: string }
type Wanted = Partial<KeyPolicy>

const inMinutes = (minutes: number): string => new Date(Date.now() + minutes * 60_000).toISOString()
const make = (wanted: Wanted, key?: string) =>
  service.call<Made & { error: { code: string } }>('POST /api/v1/gateway-keys', {
    body: { name: 'a key', scopes: ['admin'], ...wanted },
    ...(key === undefined ? {} : { key }),
  })

test('a key cannot make a key for more models than its own', async () => {
  const { key } = (await make({ allowedModels: ['sim/echo', 'openai/gpt-4*'] })).body
  for (const allowedModels of [[], ['*'], ['sim/*'], ['sim/echo', 'sim/fast'], ['openai/gpt*'], ['*/gpt-4o']]) {
    expect(await make({ allowedModels }, key)).toMatchObject({
      status: 403,
      body: { error: { code: 'access.model_not_allowed' } },
    })
  }
  for (const allowedModels of [['sim/echo'], ['openai/gpt-4*'], ['openai/gpt-4o', 'openai/gpt-4*mini']]) {
    expect(await make({ allowedModels }, key)).toMatchObject({ status: 201, body: { allowedModels } })
  }
})

test('a key that expires cannot make one that lives longer, or for ever', async () => {
  const expiresAt = inMinutes(10)
  const { key } = (await make({ expiresAt })).body
  for (const later of [null, inMinutes(11)]) {
    expect(await make({ expiresAt: later }, key)).toMatchObject({
      status: 400,
      body: { error: { code: 'input.invalid' } },
    })
  }
  expect(await make({ expiresAt }, key)).toMatchObject({ status: 201 })
  expect(await make({ expiresAt: inMinutes(5) }, key)).toMatchObject({ status: 201 })
})

test('a key that would reach nothing or would be over before it begins is not made; gemini is google', async () => {
  const refusedFor = (path: string) => ({ status: 400, body: { error: { details: { issues: [{ path }] } } } })
  expect(await make({ allowedProviders: ['opnai'] })).toMatchObject(refusedFor('allowedProviders'))
  expect(await make({ expiresAt: '2020-01-01T00:00:00.000Z' })).toMatchObject(refusedFor('expiresAt'))
  const { body } = await make({ allowedModels: ['gemini/*', 'fast'], allowedProviders: ['gemini', 'open*'] })
  expect(body).toMatchObject({ allowedModels: ['google/*', 'fast'], allowedProviders: ['google', 'open*'] })
})

test('a key cannot make a sign-in link, whose session would outlive it; the operator and the owner can', async () => {
  const { key } = (await make({ expiresAt: inMinutes(1) })).body
  expect(await service.call('POST /api/v1/sign-in-links', { key })).toMatchObject({
    status: 403,
    body: { error: { code: 'access.sign_in_needed' } },
  })
  expect(await service.call('POST /api/v1/sign-in-links')).toMatchObject({ status: 201 })
  const headers = { cookie: await service.signIn(), origin: service.url, 'content-type': 'application/json' }
  expect(await service.call('POST /api/v1/sign-in-links', { key: null, headers, body: '{}' })).toMatchObject({
    status: 201,
  })
})

test('a key without limits of its own, and the operator, make any key', async () => {
  const { key } = (await make({})).body
  expect(await make({ allowedModels: [], expiresAt: null }, key)).toMatchObject({ status: 201 })
})

test('a key gives no more of any limit than it has, made or changed', async () => {
  const own: Wanted = {
    allowedProviders: ['sim', 'openai'],
    rpm: 60,
    tpm: 1_000,
    maxConcurrency: 5,
    budgetNanoUsd: 1_000,
    budgetWindow: 'day',
    maxCostPerRequestNanoUsd: 10,
  }
  const { key } = (await make(own)).body
  const wider: Wanted[] = [
    { allowedProviders: [] },
    { allowedProviders: ['anthropic'] },
    { rpm: null },
    { rpm: 61 },
    { tpm: 1_001 },
    { maxConcurrency: null },
    { budgetNanoUsd: null, budgetWindow: null },
    { budgetNanoUsd: 1_001 },
    { budgetWindow: 'hour' },
    { maxCostPerRequestNanoUsd: 11 },
  ]
  const child = (await make(own, key)).body
  expect(child).toMatchObject(own)
  for (const wish of wider) {
    expect(await make({ ...own, ...wish }, key)).toMatchObject({
      status: 400,
      body: { error: { code: 'input.invalid' } },
    })
    expect(await service.call(`PATCH /api/v1/gateway-keys/${child.id}`, { key, body: wish })).toMatchObject({
      status: 400,
    })
  }
  expect(await make({ ...own, budgetWindow: 'month', rpm: 1 }, key)).toMatchObject({ status: 201 })
})

test('a key is changed in place: what is left out stays, and a budget needs its window', async () => {
  const { id, ...made } = (await make({ rpm: 5, allowedModels: ['sim/*'] })).body
  const change = (body: object) => service.call<GatewayKey>(`PATCH /api/v1/gateway-keys/${id}`, { body })
  expect(await change({ name: 'another', budgetNanoUsd: 7, budgetWindow: 'hour' })).toMatchObject({
    status: 200,
    body: {
      id,
      name: 'another',
      rpm: 5,
      allowedModels: ['sim/*'],
      createdAt: made.createdAt,
      budget: { limitNanoUsd: 7, usedNanoUsd: 0, window: 'hour' },
    },
  })
  expect(await change({ budgetWindow: null })).toMatchObject({
    status: 400,
    body: { error: { code: 'input.invalid' } },
  })
  expect(await change({ budgetNanoUsd: null, budgetWindow: null })).toMatchObject({ body: { budget: null } })
  expect(await change({ colour: 'red' })).toMatchObject({ status: 400 })
  expect(await service.call(`GET /api/v1/gateway-keys/${id}`)).toMatchObject({ body: { id, name: 'another', rpm: 5 } })
  const unknown = '01920000-0000-7000-8000-0000000000ff'
  expect(await service.call(`PATCH /api/v1/gateway-keys/${unknown}`, { body: { rpm: 1 } })).toMatchObject({
    status: 404,
    body: { error: { code: 'resource.not_found' } },
  })
})

test('a rotated key goes on for its grace beside the new one, and neither can be rotated into more', async () => {
  const expiresAt = inMinutes(60)
  const made = (await make({ scopes: ['inference', 'read'], rpm: 9, expiresAt })).body
  const rotate = (id: string, graceMs: number) =>
    service.call<Made>(`POST /api/v1/gateway-keys/${id}/rotate`, { body: { graceMs } })
  const { status, body: next } = await rotate(made.id, 60_000)
  expect({ status, next }).toMatchObject({
    status: 201,
    next: { rpm: 9, expiresAt, limitsId: made.id, rotatedTo: null, name: made.name },
  })
  expect(next.key).not.toBe(made.key)
  for (const { key } of [made, next]) {
    expect(await service.call('GET /api/v1/requests', { key })).toMatchObject({ status: 200 })
  }
  expect(await rotate(made.id, 0)).toMatchObject({ status: 409, body: { error: { code: 'gateway.key_inactive' } } })

  const last = (await rotate(next.id, 0)).body
  expect(last).toMatchObject({ limitsId: made.id, expiresAt })
  expect(await service.call('GET /api/v1/requests', { key: next.key })).toMatchObject({ status: 401 })
  expect(await service.call('GET /api/v1/requests', { key: last.key })).toMatchObject({ status: 200 })
})

test('the budget of the workspace is set, listed before those of the keys, and lifted', async () => {
  await make({ budgetNanoUsd: 11, budgetWindow: 'month' })
  const set = (body: object) => service.call('PATCH /api/v1/budgets/workspace', { body })
  expect(await set({ budgetNanoUsd: 5 })).toMatchObject({ status: 400 })
  const startsAt = `${timestamp(Date.now()).slice(0, 10)}T00:00:00.000Z`
  const budget = { keyId: null, window: 'day', limitNanoUsd: 5, usedNanoUsd: 0, startsAt }
  expect(await set({ budgetNanoUsd: 5, budgetWindow: 'day' })).toMatchObject({ status: 200, body: { budget } })
  const list = () => service.call<{ items: { keyId: string | null }[] }>('GET /api/v1/budgets')
  const { items } = (await list()).body
  expect(items[0]).toMatchObject(budget)
  expect(items.slice(1).every(({ keyId }) => keyId !== null)).toBe(true)
  expect(items).toContainEqual(expect.objectContaining({ limitNanoUsd: 11, window: 'month' }))
  expect(await set({ budgetNanoUsd: null })).toMatchObject({ status: 200, body: { budget: null } })
  expect((await list()).body.items.every(({ keyId }) => keyId !== null)).toBe(true)
})
