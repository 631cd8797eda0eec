import { createHash } from 'node:crypto'
import { mintGatewayKey, timestamp, type Role, type Scope } from '@assay/core'
import { createSession, insertGatewayKey } from '@assay/store'
import { gatewayKeyOf } from '@assay/testkit'
import type { App } from '../app.ts'
import { hashToken } from '../http/authenticate.ts'

/** A caller of the access matrix, with the headers that make it one. */
export type TestCaller = { headers: Record<string, string> } & (
  | { kind: 'nobody' }
  | { kind: 'person'; workspaceId: string; role: Role }
  | { kind: 'key'; workspaceId: string; scope: Scope }
)

/** A person of a role with a session, or a key with one scope, put straight into the database. */
export const makeCaller = (
  app: App,
  wanted: { workspaceId: string; role: Role } | { workspaceId: string; scope: Scope },
): Promise<TestCaller> => ('role' in wanted ? makePerson(app, wanted) : makeKey(app, wanted))

/** A second tenant. */
export const makeWorkspace = async (app: App, slug: string): Promise<string> => {
  const id = app.createId()
  await app.store.inSystem(({ db }) =>
    db
      .insertInto('workspaces')
      .values({ id, slug, name: slug, tier: 'free', createdAt: timestamp(app.now()) })
      .execute(),
  )
  return id
}

const makePerson = async (
  app: App,
  { workspaceId, role }: { workspaceId: string; role: Role },
): Promise<TestCaller> => {
  const personId = app.createId()
  const token = Buffer.from(app.randomBytes(32)).toString('base64url')
  const now = timestamp(app.now())
  await app.store.inSystem(async (system) => {
    await system.db.insertInto('people').values({ id: personId, name: role, createdAt: now }).execute()
    await system.db.insertInto('members').values({ workspaceId, personId, role, createdAt: now }).execute()
    const expiresAt = timestamp(app.now() + 60_000)
    await createSession(system, { id: app.createId(), tokenHash: hashToken(token), workspaceId, personId, expiresAt, now })
  })
  return { kind: 'person', workspaceId, role, headers: { cookie: `assay=${token}` } }
}

const makeKey = async (
  app: App,
  { workspaceId, scope }: { workspaceId: string; scope: Scope },
): Promise<TestCaller> => {
  const { key, prefix, last4 } = mintGatewayKey(app.randomBytes)
  await app.store.inWorkspace(workspaceId, (transaction) =>
    insertGatewayKey(transaction, {
      ...gatewayKeyOf({ id: app.createId(), name: scope, prefix, last4, scopes: [scope] }),
      createdAt: timestamp(app.now()),
      hash: createHash('sha256').update(key).digest(),
    }),
  )
  return { kind: 'key', workspaceId, scope, headers: { authorization: `Bearer ${key}` } }
}
