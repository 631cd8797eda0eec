import type { ModelNames, RequestRecord } from '@assay/core'
import { until } from '@assay/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeCaller, makeWorkspace } from '../../__fixtures__/callers.ts'
import { adminKey, startService, type TestService } from '../../__fixtures__/service.ts'
import { completion, refusal, startUpstream, type Upstream } from '../__fixtures__/scripted-upstream.ts'

let upstream: Upstream
let service: TestService
beforeAll(async () => {
  upstream = await startUpstream()
  service = await startService({ environment: { ASSAY_EGRESS_ALLOW: upstream.host } })
  await service.call('POST /api/v1/credentials', {
    body: { provider: 'compatible', name: 'own', baseUrl: upstream.baseUrl, secret: 'sk-test-secret-123' },
  })
})
afterAll(async () => {
  await service[Symbol.asyncDispose]()
  await upstream.close()
})

type Problem = { error: { code: string; details?: unknown; message: string } }
const change = (body: object) => service.call<ModelNames & Problem>('PATCH /api/v1/model-names', { body })
const ask = (model: string, key: string = adminKey) =>
  fetch(`${service.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'hi' }] }),
  })
const routeOf = (response: Response): string => response.headers.get('x-assay-route') ?? ''

test('an alias stands for its model at once, and can be given another', async () => {
  expect((await ask('quick')).status).toBe(404)
  expect((await change({ set: [{ name: 'quick', models: ['sim/echo'] }] })).body.aliases).toEqual([
    { name: 'quick', models: ['sim/echo'] },
  ])
  const response = await ask('quick')
  expect([response.status, routeOf(response)]).toEqual([200, expect.stringContaining('sim/echo')])
  const id = response.headers.get('x-assay-request-id')
  const row = await until('the row', async () => {
    const { status: found, body } = await service.call<RequestRecord>(`GET /api/v1/requests/${id}`)
    return found === 200 ? body : undefined
  })
  expect(row).toMatchObject({ requestModel: 'quick', providerName: 'sim', route: 'pinned' })
  await change({ set: [{ name: 'quick', models: ['compatible/llama'] }] })
  upstream.play((played) => completion(played))
  expect(routeOf(await ask('quick'))).toContain('compatible/llama')
  expect(upstream.seen.at(-1)!.body['model']).toBe('llama')
})

test('the models behind the first are tried when it fails', async () => {
  await change({ set: [{ name: 'safe', models: ['compatible/llama', 'sim/echo'] }] })
  upstream.always(refusal(404))
  const response = await ask('safe')
  expect([response.status, routeOf(response)]).toEqual([200, expect.stringContaining('sim/echo')])
})

test('a key bound to models reaches an alias by what it stands for, and is listed what it may call', async () => {
  await change({
    set: [
      { name: 'mine', models: ['sim/echo', 'compatible/llama'] },
      { name: 'theirs', models: ['compatible/llama'] },
    ],
  })
  const { key } = (
    await service.call<{ key: string }>('POST /api/v1/gateway-keys', {
      body: { name: 'bound', allowedModels: ['sim/*'] },
    })
  ).body
  expect((await ask('mine', key)).status).toBe(200)
  expect((await ask('theirs', key)).status).toBe(403)
  const models = await fetch(`${service.url}/v1/models`, { headers: { authorization: `Bearer ${key}` } })
  const ids = ((await models.json()) as { data: { id: string }[] }).data.map(({ id }) => id)
  expect(ids).toContain('mine')
  expect(ids).not.toContain('theirs')
})

test('names are taken back, kept apart from other workspaces, and in the audit', async () => {
  await change({ set: [{ name: 'gone', models: ['sim/echo'] }] })
  await change({ remove: ['gone'] })
  expect((await ask('gone')).status).toBe(404)
  expect((await change({ remove: ['gone'] })).status).toBe(404)
  const otherId = await makeWorkspace(service.app, 'other')
  const { headers } = await makeCaller(service.app, { workspaceId: otherId, scope: 'admin' })
  const other = await service.call<ModelNames>('GET /api/v1/model-names', { key: null, headers })
  expect(other.body).toEqual({ aliases: [], providerOrder: [], updatedAt: null })
  const audit = await service.call<{ items: { action: string }[] }>('GET /api/v1/audit')
  expect(audit.body.items.map(({ action }) => action)).toContain('model_names.update')
})

test('a name that cannot be is refused where it stands', async () => {
  const bad = [
    { set: [{ name: 'auto', models: ['sim/echo'] }] },
    { set: [{ name: 'a/b', models: ['sim/echo'] }] },
    { set: [{ name: 'x', models: [] }] },
    { set: [{ name: 'x', models: ['echo'] }] },
    { set: [{ name: 'x', models: ['opneai/gpt-4o'] }] },
    { providerOrder: ['opneai'] },
  ]
  for (const body of bad) expect([body, (await change(body)).status]).toEqual([body, 400])
  expect((await change({ providerOrder: ['opneai'] })).body.error.message).toContain('opneai')
})
