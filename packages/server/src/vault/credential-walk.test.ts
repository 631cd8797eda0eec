import { setTimeout as delay } from 'node:timers/promises'
import type { Alert, Credential, CredentialCheck, GatewayKey, Page, RequestRecord } from '@assay/core'
import { until } from '@assay/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeCaller, makeWorkspace } from '../__fixtures__/callers.ts'
import { startService, type TestService } from '../__fixtures__/service.ts'
import { startGuardedProvider, type GuardedProvider } from './__fixtures__/guarded-provider.ts'

/** A credential from its birth to its end, over HTTP, with a provider that answers only to keys it accepts. */

const [first, second, third] = ['sk-first-secret-000001', 'sk-second-secret-00002', 'sk-third-secret-000003'] as const
let provider: GuardedProvider
let service: TestService
beforeAll(async () => {
  provider = await startGuardedProvider(first, second, third)
  service = await startService({ environment: { ASSAY_EGRESS_ALLOW: provider.host } })
})
afterAll(async () => {
  await service[Symbol.asyncDispose]()
  await provider[Symbol.asyncDispose]()
})

type Problem = { error: { code: string; message: string; hint: string; details: Record<string, unknown> } }
const call = <Body = Credential>(route: string, body?: unknown, headers: Record<string, string> = {}) =>
  service.call<Body & Problem>(route, { headers, ...(body === undefined ? {} : { body }) })
const add = (more: Record<string, unknown> = {}, query = '') =>
  call(`POST /api/v1/credentials${query}`, {
    provider: 'compatible',
    baseUrl: provider.baseUrl,
    secret: first,
    ...more,
  })
const remove = (id: string) =>
  call<Credential & { wasDefault: boolean; note: string | null }>(`DELETE /api/v1/credentials/${id}`)
const list = async () => (await call<Page<Credential>>('GET /api/v1/credentials')).body.items
const removeAll = async () => {
  for (const { id } of await list()) await remove(id)
}
const ask = (headers: Record<string, string> = {}) =>
  call<{ choices: unknown[] }>(
    'POST /v1/chat/completions',
    { model: 'compatible/test-model', messages: [{ role: 'user', content: 'Hi' }] },
    headers,
  )
const sealedOf = (id: string) =>
  service.app.store.inWorkspace(service.app.local.workspace.id, ({ db }) =>
    db.selectFrom('credentials').select(['sealed', 'previousSealed']).where('id', '=', id).executeTakeFirstOrThrow(),
  )

test('a key is checked before anything is stored, and stored only when its provider accepts it', async () => {
  const body = { provider: 'compatible', baseUrl: provider.baseUrl, secret: first }
  const good = await call<CredentialCheck>('POST /api/v1/credentials/check', body)
  expect(good).toMatchObject({ status: 200, body: { ok: true, models: ['test-model', 'other-model'] } })
  const bad = await call<CredentialCheck>('POST /api/v1/credentials/check', { ...body, secret: 'sk-wrong-secret-1234' })
  expect(bad.body).toMatchObject({ ok: false, error: { code: 'unauthorized' } })
  expect(JSON.stringify(bad.body)).not.toContain('sk-wrong-secret-1234')
  const nowhere = await call<CredentialCheck>('POST /api/v1/credentials/check', {
    ...body,
    baseUrl: `http://${provider.host}/nothing`,
  })
  expect(nowhere.body.error.code).toBe('bad_url')

  for (const [baseUrl, code] of [
    ['http://169.254.169.254/v1', 'unreachable'],
    ['https://user:word@example.org/v1', 'bad_url'],
  ] as const) {
    const denied = await call<CredentialCheck>('POST /api/v1/credentials/check', { ...body, baseUrl })
    expect(denied).toMatchObject({ status: 200, body: { ok: false, error: { code } } })
  }

  const refused = await add({ secret: 'sk-wrong-secret-1234' }, '?check=true')
  expect(refused).toMatchObject({
    status: 422,
    body: { error: { code: 'vault.check_failed', details: { code: 'unauthorized' } } },
  })
  expect(await list()).toEqual([])
  const stored = await add({ options: { headers: { 'x-title': 'Shop' } } }, '?check=true')
  expect(stored).toMatchObject({
    status: 201,
    body: { hint: 'sk-…0001', isDefault: true, status: 'active', lastError: null, createdBy: 'key:operator' },
  })
  expect(stored.body.lastCheckedAt).not.toBeNull()
  expect(await ask()).toMatchObject({ status: 200 })
  expect(provider.calls.at(-1)).toMatchObject({ key: first, headers: { 'x-title': 'Shop' } })
  await removeAll()
})

test.each([
  ['a header that is not on the list', { headers: { authorization: 'x' } }],
  ['a second line', { organization: 'a\r\nx: y' }],
  ['an unknown option', { host: 'evil.example' }],
])('%s is no option', async (_, options) => {
  expect(await add({ options })).toMatchObject({ status: 400, body: { error: { code: 'input.invalid' } } })
})

test('the default moves, its removal promotes nothing and says so', async () => {
  const a = (await add({ name: 'a' })).body
  const b = (await add({ name: 'b', secret: second })).body
  const c = (await add({ name: 'c', secret: third })).body
  expect([a.isDefault, b.isDefault, c.isDefault]).toEqual([true, false, false])
  expect(await call(`POST /api/v1/credentials/${b.id}/default`)).toMatchObject({
    status: 200,
    body: { isDefault: true },
  })
  expect((await list()).filter(({ isDefault }) => isDefault).map(({ id }) => id)).toEqual([b.id])
  await ask()
  expect(provider.calls.at(-1)!.key).toBe(second)

  const removed = await remove(b.id)
  expect(removed.body).toMatchObject({
    wasDefault: true,
    note: expect.stringContaining('no other was made the default'),
  })
  expect((await list()).some(({ isDefault }) => isDefault)).toBe(false)
  expect(await ask()).toMatchObject({ status: 401, body: { error: { code: 'vault.key_missing' } } })
  await remove(c.id)
  expect(await ask(), 'the only one serves').toMatchObject({ status: 200 })
  expect(provider.calls.at(-1)!.key).toBe(first)
  await removeAll()
})

test('a new name leaves the seal as it is; a new place or provider needs the secret in the same call', async () => {
  const { id } = (await add()).body
  const before = await sealedOf(id)
  expect(await call(`PATCH /api/v1/credentials/${id}`, { name: 'renamed', maxAgeDays: 90 })).toMatchObject({
    status: 200,
    body: { name: 'renamed', maxAgeDays: 90, dueAt: expect.stringMatching(/^2/) },
  })
  expect(await sealedOf(id)).toEqual(before)
  for (const change of [{ baseUrl: `http://${provider.host}/v2` }, { provider: 'openai' }]) {
    expect(await call(`PATCH /api/v1/credentials/${id}`, change)).toMatchObject({
      status: 422,
      body: { error: { code: 'vault.secret_required' } },
    })
  }
  expect(await sealedOf(id)).toEqual(before)
  const moved = await call(`PATCH /api/v1/credentials/${id}?check=true`, {
    baseUrl: `${provider.baseUrl}/`,
    name: 'same place',
  })
  expect(moved).toMatchObject({ status: 200, body: { name: 'same place' } })
  const elsewhere = { baseUrl: `http://${provider.host}/other/v1`, secret: second }
  expect(await call(`PATCH /api/v1/credentials/${id}?check=true`, elsewhere)).toMatchObject({
    status: 200,
    body: { hint: 'sk-…0002' },
  })
  expect(await call(`PATCH /api/v1/credentials/${id}`, {})).toMatchObject({ status: 400 })
  expect(
    await call(`PATCH /api/v1/credentials/${id}`, { baseUrl: 'http://169.254.169.254/', secret: second }),
  ).toMatchObject({
    status: 400,
    body: { error: { code: 'egress.denied' } },
  })
  await removeAll()
})

test('a twin is refused with the id of the one there is, also by renaming and rotating', async () => {
  const a = (await add({ name: 'a' })).body
  const b = (await add({ name: 'b', secret: second })).body
  const twin = { status: 409, body: { error: { code: 'vault.duplicate', details: { id: a.id } } } }
  expect(await add({ name: 'c' })).toMatchObject(twin)
  expect(await call(`PATCH /api/v1/credentials/${b.id}`, { name: 'a' })).toMatchObject(twin)
  expect(await call(`POST /api/v1/credentials/${b.id}/rotate`, { secret: first })).toMatchObject(twin)
  await removeAll()
})

test('the secret is replaced under load and no request fails; what began before keeps the old one', async () => {
  const { id } = (await add()).body
  provider.slow(5)
  const over = new AbortController()
  const statuses: number[] = []
  const load = Array.from({ length: 8 }, async () => {
    while (!over.signal.aborted) statuses.push((await ask()).status)
  })
  const rotated = await call(`POST /api/v1/credentials/${id}/rotate`, { secret: second, graceMs: 60_000 })
  expect(rotated).toMatchObject({ status: 200, body: { hint: 'sk-…0002', graceUntil: expect.stringMatching(/^2/) } })
  await delay(300)
  const begunAt = Date.parse(rotated.body.secretSetAt)
  const resolve = (wish: object) => service.app.credentials.resolve(service.app.local.workspace.id, 'compatible', wish)
  expect((await resolve({ begunAt: begunAt - 1_000 }))?.secret?.open()).toBe(first)
  expect((await resolve({ begunAt: begunAt + 1 }))?.secret?.open()).toBe(second)
  for (const secret of [third, second]) await call(`POST /api/v1/credentials/${id}/rotate`, { secret, graceMs: 1_000 })
  await delay(200)
  over.abort()
  await Promise.all(load)
  provider.slow(0)
  expect(statuses.length).toBeGreaterThan(20)
  expect(statuses.filter((status) => status !== 200)).toEqual([])
  expect(await call(`POST /api/v1/credentials/${id}/rotate`, { secret: 'sk-not-accepted-123' })).toMatchObject({
    status: 422,
    body: { error: { code: 'vault.check_failed' } },
  })
  await call(`POST /api/v1/credentials/${id}/rotate`, { secret: third })
  expect(await sealedOf(id)).toMatchObject({ previousSealed: null })
  await removeAll()
})

test('switched off, expired or removed, a credential is refused before anybody is called', async () => {
  const { id } = (await add()).body
  const used = async (headers?: Record<string, string>) => {
    const before = provider.calls.length
    const { status, body } = await ask(headers)
    return { status, code: body.error?.code, details: body.error?.details, called: provider.calls.length - before }
  }
  const refusedAs = (state: string) => ({ status: 409, code: 'vault.inactive', details: { state }, called: 0 })
  await call(`PATCH /api/v1/credentials/${id}`, { status: 'inactive' })
  expect(await used()).toMatchObject(refusedAs('inactive'))
  await call(`PATCH /api/v1/credentials/${id}`, { status: 'active', expiresAt: '2020-01-01T00:00:00.000Z' })
  expect(await used()).toMatchObject(refusedAs('expired'))
  await call(`PATCH /api/v1/credentials/${id}`, { expiresAt: null })
  expect(await used({ 'x-assay-credential': id })).toMatchObject({ status: 200, called: 1 })
  await remove(id)
  expect(await used({ 'x-assay-credential': id })).toMatchObject(refusedAs('removed'))
  for (const route of [`POST /api/v1/credentials/${id}/check`, `POST /api/v1/credentials/${id}/default`]) {
    expect(await call(route)).toMatchObject({ status: 409, body: { error: { code: 'vault.inactive' } } })
  }
  expect(await call(`PATCH /api/v1/credentials/${id}`, { name: 'again' })).toMatchObject({ status: 409 })
  expect(await call(`GET /api/v1/credentials/${id}`)).toMatchObject({ status: 404 })
  expect(await used()).toMatchObject({ status: 401, code: 'vault.key_missing' })
  expect((await add()).status, 'its name and secret are free again').toBe(201)
  await removeAll()
})

test('the pin of a gateway key comes before the header, and the header before the default', async () => {
  const a = (await add({ name: 'a' })).body
  const b = (await add({ name: 'b', secret: second })).body
  const openai = (await add({ name: 'c', provider: 'openai', secret: third })).body
  await ask()
  expect(provider.calls.at(-1)!.key).toBe(first)
  const named = await ask({ 'x-assay-credential': b.id })
  expect(provider.calls.at(-1)!.key).toBe(second)
  expect(await ask({ 'x-assay-credential': openai.id })).toMatchObject({
    status: 409,
    body: { error: { code: 'vault.other_provider' } },
  })
  expect(await ask({ 'x-assay-credential': 'no-id' })).toMatchObject({ status: 400 })
  expect(await ask({ 'x-assay-credential': service.app.createId() })).toMatchObject({ status: 404 })

  const { body: pinned } = await call<GatewayKey & { key: string }>('POST /api/v1/gateway-keys', {
    name: 'pinned',
    credentialIds: [b.id],
  })
  const asked = (headers: Record<string, string> = {}) => ask({ authorization: `Bearer ${pinned.key}`, ...headers })
  expect(await asked()).toMatchObject({ status: 200 })
  expect(provider.calls.at(-1)!.key).toBe(second)
  expect(await asked({ 'x-assay-credential': a.id })).toMatchObject({
    status: 403,
    body: { error: { code: 'access.credential_not_allowed' } },
  })

  const id = named.headers.get('x-assay-request-id')
  const row = await until('the row', async () => {
    const { body } = await call<RequestRecord>(`GET /api/v1/requests/${id}`)
    return body.credentialId ? body : undefined
  })
  expect(row).toMatchObject({ credentialId: b.id, credentialSource: 'own' })
  await removeAll()
})

test('three refusals in a row make a credential invalid and raise an alert; a good check ends both', async () => {
  const { id } = (await add()).body
  provider.refuse(first)
  for (let turn = 0; turn < 3; turn++) {
    expect(await ask()).toMatchObject({ status: 401 })
    // As if the pause of its breaker had gone by.
    service.app.breakers.forget(id)
  }
  const one = () => call(`GET /api/v1/credentials/${id}`)
  await until('the credential to be invalid', async () => ((await one()).body.status === 'invalid' ? true : undefined))
  const before = provider.calls.length
  expect(await ask()).toMatchObject({
    status: 409,
    body: { error: { code: 'vault.inactive', details: { state: 'invalid' } } },
  })
  expect(provider.calls).toHaveLength(before)
  const alerts = async (state: string) =>
    (await call<Page<Alert>>(`GET /api/v1/alerts?rule=credential.invalid&state=${state}`)).body.items
  expect(await alerts('open')).toMatchObject([{ object: id, severity: 'critical' }])

  expect((await call<CredentialCheck>(`POST /api/v1/credentials/${id}/check`)).body.ok).toBe(false)
  expect((await one()).body).toMatchObject({ status: 'invalid', lastError: expect.stringContaining('unauthorized') })
  provider.accept(first)
  expect((await call<CredentialCheck>(`POST /api/v1/credentials/${id}/check`)).body.ok).toBe(true)
  expect((await one()).body).toMatchObject({ status: 'active', lastError: null })
  expect(await alerts('open')).toEqual([])
  expect(await ask()).toMatchObject({ status: 200 })
  await removeAll()
})

test('another workspace finds an unknown id, and its equal secret is no duplicate and leaves no trace', async () => {
  const { id } = (await add()).body
  const otherId = await makeWorkspace(service.app, 'other')
  const { headers } = await makeCaller(service.app, { workspaceId: otherId, scope: 'admin' })
  const elsewhere = async (route: string, body?: unknown) => {
    const answer = await service.call<Problem>(route, { key: null, headers, ...(body ? { body } : {}) })
    const { requestId: _, ...error } = answer.body.error as Record<string, unknown>
    return { status: answer.status, bytes: JSON.stringify(error) }
  }
  const unknown = service.app.createId()
  const routes: [string, unknown?][] = [
    ['GET /api/v1/credentials/ID'],
    ['PATCH /api/v1/credentials/ID', { name: 'mine' }],
    ['DELETE /api/v1/credentials/ID'],
    ['POST /api/v1/credentials/ID/default'],
    ['POST /api/v1/credentials/ID/check'],
    ['POST /api/v1/credentials/ID/rotate', { secret: second }],
  ]
  for (const [route, body] of routes) {
    const [foreign, none] = [
      await elsewhere(route.replace('ID', id), body),
      await elsewhere(route.replace('ID', unknown), body),
    ]
    expect({ route, ...foreign }).toEqual({ route, status: 404, bytes: none.bytes.replaceAll(unknown, id) })
  }
  const twin = await service.call<Credential>('POST /api/v1/credentials', {
    key: null,
    headers,
    body: { provider: 'compatible', baseUrl: provider.baseUrl, secret: first },
  })
  expect(twin).toMatchObject({ status: 201, body: { isDefault: true } })
  const prints = await service.app.store.inSystem(({ db }) =>
    db.selectFrom('credentials').select('fingerprint').where('id', 'in', [id, twin.body.id]).execute(),
  )
  expect(Buffer.compare(prints[0]!.fingerprint, prints[1]!.fingerprint)).not.toBe(0)
  expect(await service.call('GET /api/v1/master-keys', { key: null, headers })).toMatchObject({ status: 403 })
  await removeAll()
})

test('a new secret is tried at once, whatever pause the one before had earned', async () => {
  const { id } = (await add()).body
  provider.refuse(first)
  expect(await ask()).toMatchObject({ status: 401 })
  expect(await ask(), 'its breaker is open').toMatchObject({ status: 503 })
  await call(`POST /api/v1/credentials/${id}/rotate`, { secret: second })
  expect(await ask()).toMatchObject({ status: 200 })
  provider.accept(first)
  await removeAll()
})

test('every change has its line in the audit trail, and who may only look sees masks', async () => {
  const { id } = (await add()).body
  await call(`PATCH /api/v1/credentials/${id}`, { name: 'renamed' })
  await call(`POST /api/v1/credentials/${id}/rotate`, { secret: second })
  await call(`POST /api/v1/credentials/${id}/default`)
  await remove(id)
  const { workspace } = service.app.local
  const trail = await service.app.store.inWorkspace(workspace.id, ({ db }) =>
    db.selectFrom('audit').select(['action', 'after']).where('target', '=', id).orderBy('seq').execute(),
  )
  expect(trail.map(({ action }) => action)).toEqual(
    ['create', 'update', 'rotate', 'default', 'remove'].map((word) => `credential.${word}`),
  )
  expect(JSON.stringify(trail)).not.toMatch(/sk-(first|second)/)
  const viewer = await makeCaller(service.app, { workspaceId: workspace.id, role: 'viewer' })
  const seen = await service.call<Page<Credential>>('GET /api/v1/credentials', { key: null, headers: viewer.headers })
  expect(seen.status).toBe(200)
  const write = await service.call('POST /api/v1/credentials', {
    key: null,
    headers: { ...viewer.headers, origin: service.url },
    body: { provider: 'openai', secret: third },
  })
  expect(write.status).toBe(403)
})
