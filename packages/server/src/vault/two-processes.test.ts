import type { Credential } from '@assay/core'
import { Secret, silentLog } from '@assay/core'
import { openStore } from '@assay/store'
import { startPostgres, temporaryDirectory, until, type Postgres } from '@assay/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startService, type TestService } from '../__fixtures__/service.ts'
import { startGuardedProvider, type GuardedProvider } from './__fixtures__/guarded-provider.ts'

/** What one process changes is seen by the other long before its memory would end. */

const [first, second] = ['sk-first-secret-000001', 'sk-second-secret-00002'] as const
let postgres: Postgres
let provider: GuardedProvider
let one: TestService
let other: TestService
beforeAll(async () => {
  provider = await startGuardedProvider(first, second)
  postgres = await startPostgres()
  await using directory = await temporaryDirectory()
  const options = { dataDir: directory.path, databaseUrl: new Secret(postgres.url), log: silentLog }
  await (await openStore({ ...options, migrate: true })).close()
  const environment = {
    ASSAY_ROLES: 'gateway,web',
    DATABASE_URL: postgres.url,
    ASSAY_MASTER_KEY: 'ab'.repeat(32),
    ASSAY_EGRESS_ALLOW: provider.host,
  }
  one = await startService({ environment })
  other = await startService({ environment })
})
afterAll(async () => {
  await one[Symbol.asyncDispose]()
  await other[Symbol.asyncDispose]()
  await postgres.stop()
  await provider[Symbol.asyncDispose]()
})

type Problem = { error?: { code: string } }
const ask = async () => {
  const body = { model: 'compatible/test-model', messages: [{ role: 'user', content: 'Mail me at a@b.example' }] }
  const answer = await other.call<Problem>('POST /v1/chat/completions', { body })
  return { status: answer.status, code: answer.body.error?.code, key: provider.calls.at(-1)?.key }
}
/** Within seconds, of the half minute that is remembered. */
const soon = (wanted: (answer: Awaited<ReturnType<typeof ask>>) => boolean) =>
  until('the change', async () => ((await ask().then(wanted)) ? true : undefined), { timeoutMs: 5_000, everyMs: 10 })

test('a credential that is made, turned, switched off and removed', async () => {
  expect(await ask()).toMatchObject({ status: 401 })
  const body = { provider: 'compatible', baseUrl: provider.baseUrl, secret: first }
  const { id } = (await one.call<Credential>('POST /api/v1/credentials', { body })).body
  await soon(({ status, key }) => status === 200 && key === first)
  await one.call(`POST /api/v1/credentials/${id}/rotate`, { body: { secret: second, graceMs: 0 } })
  await soon(({ status, key }) => status === 200 && key === second)
  await one.call(`PATCH /api/v1/credentials/${id}`, { body: { status: 'inactive' } })
  await soon(({ code }) => code === 'vault.inactive')
  await one.call(`PATCH /api/v1/credentials/${id}`, { body: { status: 'active' } })
  await soon(({ status }) => status === 200)
})

test('a guard', async () => {
  const body = { name: 'no-mail', when: 'in', kind: 'regex', action: 'block', options: { pattern: '@b[.]example' } }
  const made = await one.call<{ id: string }>('POST /api/v1/guards', { body })
  expect(made.status).toBe(201)
  await soon(({ code }) => code === 'gateway.guard_blocked')
  await one.call(`DELETE /api/v1/guards/${made.body.id}`)
  await soon(({ status }) => status === 200)
})
