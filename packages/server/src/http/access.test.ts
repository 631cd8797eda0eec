import { randomUUID } from 'node:crypto'
import { roles, scopes, type Access, type Role, type Scope } from '@assay/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startService, type TestService } from '../__fixtures__/service.ts'
import { makeCaller, makeWorkspace, type TestCaller } from '../__fixtures__/callers.ts'
import { appFetch } from './app-fetch.ts'
import { routeTable } from './route-table.ts'

/** Every route against every kind of caller, from the route table itself: a new route is in here by being one. */

let service: TestService
const callers = new Map<string, TestCaller>()

beforeAll(async () => {
  service = await startService()
  const { app } = service
  const localId = app.local.workspace.id
  const otherId = await makeWorkspace(app, 'other')
  callers.set('nobody', { kind: 'nobody', headers: {} })
  for (const role of roles) callers.set(role, await makeCaller(app, { workspaceId: localId, role }))
  for (const scope of scopes) callers.set(`key ${scope}`, await makeCaller(app, { workspaceId: localId, scope }))
  callers.set('owner of another workspace', await makeCaller(app, { workspaceId: otherId, role: 'owner' }))
  callers.set('admin key of another workspace', await makeCaller(app, { workspaceId: otherId, scope: 'admin' }))
})
afterAll(() => service[Symbol.asyncDispose]())

/** What the table in docs/http-api.md says, written a second time and without the code that decides it. */
const isAllowed = ({ access, path }: { access: Access; path: string }, caller: TestCaller): boolean => {
  if (access.who === 'public') return true
  // A session would outlive the key it came from.
  if (path === '/api/v1/sign-in-links' && caller.kind === 'key') return false
  if (caller.kind === 'nobody') return false
  if (caller.kind === 'key') return access.scope !== undefined && [access.scope, 'admin'].includes(caller.scope)
  if (access.who === 'key') return false
  const rank: Record<Role, number> = { viewer: 0, member: 1, admin: 2, owner: 3 }
  return rank[caller.role] >= rank[access.role]
}

const names = [
  'nobody',
  ...roles,
  ...scopes.map((scope: Scope) => `key ${scope}`),
  'owner of another workspace',
  'admin key of another workspace',
]
const refusals = /^access\.(unauthenticated|scope_missing|role_missing|key_needed|sign_in_needed)$/

test.each(routeTable)(
  '$method $path lets in whom its contract names, and nobody else',
  async ({ method, path, access }) => {
    for (const name of names) {
      const caller = callers.get(name)!
      const url = service.url + path.replaceAll('{id}', randomUUID())
      const controller = new AbortController()
      const response = await fetch(url, {
        method: method.toUpperCase(),
        headers: {
          ...caller.headers,
          ...(method === 'get' ? {} : { 'content-type': 'application/json', origin: service.url }),
        },
        ...(method === 'get' ? {} : { body: '{}' }),
        signal: controller.signal,
      })
      const code = await codeOf(response)
      controller.abort()
      const refused = code !== null && refusals.test(code)
      expect({ name, allowed: !refused, code }).toEqual({ name, allowed: isAllowed({ access, path }, caller), code })
      if (caller.kind === 'nobody' && refused) expect(response.status).toBe(401)
      else if (refused) expect(response.status).toBe(403)
      // A caller's ended session would make the cells after it say something else.
      if (path === '/api/v1/sign-out' && caller.kind === 'person' && !refused) {
        callers.set(name, await makeCaller(service.app, caller))
      }
    }
  },
)

test('the matrix has a cell for every route and caller', () => {
  expect(routeTable.length * names.length).toBeGreaterThanOrEqual(400)
})

test.each(routeTable.filter(({ access }) => access.who !== 'public'))(
  'the local owner may use $method $path, from within the process',
  async ({ method, path }) => {
    const controller = new AbortController()
    const response = await appFetch(service.app)(`http://localhost${path.replaceAll('{id}', randomUUID())}`, {
      method: method.toUpperCase(),
      signal: controller.signal,
      ...(method === 'get' ? {} : { body: '{}', headers: { 'content-type': 'application/json' } }),
    })
    expect((await codeOf(response)) ?? '').not.toMatch(refusals)
    controller.abort()
  },
)

test('a key that is no key is refused before anything else', async () => {
  const { status, body } = await service.call<{ error: { code: string } }>('GET /api/v1/me', {
    key: 'as_live_nonsense',
  })
  expect({ status, code: body.error.code }).toEqual({ status: 401, code: 'access.key_invalid' })
})

const codeOf = async (response: Response): Promise<string | null> => {
  if (response.ok || !response.headers.get('content-type')?.includes('json')) return null
  return ((await response.json()) as { error: { code: string } }).error?.code ?? null
}
