import type { GatewayKey } from '@assay/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startService, type TestService } from '../__fixtures__/service.ts'

let service: TestService
beforeAll(async () => {
  service = await startService()
})
afterAll(() => service[Symbol.asyncDispose]())

type Made = GatewayKey & { key: string }
type Wanted = Partial<Pick<GatewayKey, 'scopes' | 'allowedModels' | 'expiresAt'>>

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
