import type { Me } from '@assay/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startService, type TestService } from '../__fixtures__/service.ts'

let service: TestService
let cookie: string
beforeAll(async () => {
  service = await startService()
  cookie = await service.signIn()
})
afterAll(() => service[Symbol.asyncDispose]())

test('the link of the start signs the owner in, once', async () => {
  const me = await service.call<Me>('GET /api/v1/me', { key: null, headers: { cookie } })
  expect(me.body).toMatchObject({ workspace: { slug: 'local', tier: 'enterprise' }, role: 'owner', scopes: [] })
  const token = new URL(service.signInUrl).hash.replace('#token=', '')
  expect(await service.call('POST /api/v1/sign-in', { key: null, body: { token } })).toMatchObject({
    status: 401,
    body: { error: { code: 'access.link_invalid' } },
  })
})

test('the cookie is closed to scripts and to other sites', async () => {
  const { body } = await service.call<{ url: string }>('POST /api/v1/sign-in-links')
  const token = new URL(body.url).hash.replace('#token=', '')
  const { headers } = await service.call('POST /api/v1/sign-in', { key: null, body: { token } })
  expect(headers.get('set-cookie')).toMatch(/; HttpOnly; SameSite=Lax/)
})

test('a change under the cookie needs a page of this server and JSON', async () => {
  const change = (headers: Record<string, string>, body: unknown = { name: 'from a page' }) =>
    service.call('POST /api/v1/gateway-keys', { key: null, headers: { cookie, ...headers }, body })
  const own = { origin: service.url, 'sec-fetch-site': 'same-origin' }
  expect(await change(own)).toMatchObject({ status: 201 })
  for (const headers of [{}, { origin: 'http://evil.example' }, { 'sec-fetch-site': 'cross-site' }]) {
    expect(await change(headers)).toMatchObject({ status: 403, body: { error: { code: 'access.cross_site' } } })
  }
  const form = { ...own, 'content-type': 'application/x-www-form-urlencoded' }
  expect(await change(form, 'name=form')).toMatchObject({ status: 415 })
})

test('a sign-in from a page of another site is refused', async () => {
  const headers = { origin: 'http://evil.example', 'sec-fetch-site': 'cross-site' }
  expect(await service.call('POST /api/v1/sign-in', { key: null, headers, body: { token: 'x' } })).toMatchObject({
    status: 403,
  })
})

test('links and sessions are in the database only as hashes', async () => {
  const token = cookie.split('=')[1]!
  const rows = await service.app.store.inSystem(async ({ db }) => [
    ...(await db.selectFrom('sessions').selectAll().execute()),
    ...(await db.selectFrom('signInLinks').selectAll().execute()),
  ])
  const text = rows.map((row) => JSON.stringify(row) + Buffer.from(row.tokenHash).toString('latin1')).join()
  expect(text).not.toContain(token)
  expect(rows.every(({ tokenHash }) => tokenHash.length === 32)).toBe(true)
})

test('a key of a workspace shows what it may do, and no person', async () => {
  const { body } = await service.call<{ key: string; id: string }>('POST /api/v1/gateway-keys', {
    body: { name: 'reader', scopes: ['read'] },
  })
  const me = await service.call<Me>('GET /api/v1/me', { key: body.key })
  expect(me.body).toMatchObject({ person: null, role: null, scopes: ['read'] })
  await service.call(`DELETE /api/v1/gateway-keys/${body.id}`)
  expect(await service.call('GET /api/v1/me', { key: body.key })).toMatchObject({
    status: 401,
    body: { error: { code: 'access.key_invalid' } },
  })
})

test('signing out ends the session at once', async () => {
  const headers = { cookie, origin: service.url }
  const { status, headers: answered } = await service.call('POST /api/v1/sign-out', { key: null, headers })
  expect(status).toBe(204)
  expect(answered.get('set-cookie')).toContain('Max-Age=0')
  expect(await service.call('GET /api/v1/me', { key: null, headers: { cookie } })).toMatchObject({ status: 401 })
})
