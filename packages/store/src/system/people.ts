import type { Role, Workspace } from '@assay/core'
import type { SystemScope } from '../scope.ts'

/** Who is signed in, and where. */
export type Session = { workspace: Workspace; person: { id: string; name: string }; role: Role }

/** Finds the workspace `local` or makes it, with the one person who owns it; two starts at once make one. */
export const ensureLocalWorkspace = async (
  system: SystemScope,
  { workspaceId, personId, now }: { workspaceId: string; personId: string; now: string },
): Promise<{ workspace: Workspace; ownerId: string }> => {
  const { db } = system
  const made = await db
    .insertInto('workspaces')
    .values({ id: workspaceId, slug: 'local', name: 'Local', tier: 'enterprise', createdAt: now })
    .onConflict((conflict) => conflict.column('slug').doNothing())
    .returningAll()
    .executeTakeFirst()
  if (made) {
    await db.insertInto('people').values({ id: personId, name: 'owner', createdAt: now }).execute()
    await db.insertInto('members').values({ workspaceId, personId, role: 'owner', createdAt: now }).execute()
    return { workspace: made, ownerId: personId }
  }
  const workspace = await db.selectFrom('workspaces').selectAll().where('slug', '=', 'local').executeTakeFirstOrThrow()
  const { personId: ownerId } = await db
    .selectFrom('members')
    .select('personId')
    .where('workspaceId', '=', workspace.id)
    .where('role', '=', 'owner')
    .orderBy('createdAt')
    .limit(1)
    .executeTakeFirstOrThrow()
  return { workspace, ownerId }
}

/** Every workspace, the oldest first. */
export const listWorkspaces = ({ db }: SystemScope): Promise<Workspace[]> =>
  db.selectFrom('workspaces').selectAll().orderBy('createdAt').orderBy('id').execute()

/** Keeps the hash of a one-time link. */
export const createSignInLink = async (
  { db }: SystemScope,
  link: { tokenHash: Uint8Array; workspaceId: string; personId: string; expiresAt: string },
): Promise<void> => {
  await db.insertInto('signInLinks').values(link).execute()
}

/** Uses a link up: whose it was, or null when it was used before, has expired or never was. */
export const takeSignInLink = async (
  { db }: SystemScope,
  { tokenHash, now }: { tokenHash: Uint8Array; now: string },
): Promise<{ workspaceId: string; personId: string } | null> => {
  const link = await db
    .deleteFrom('signInLinks')
    .where('tokenHash', '=', tokenHash)
    .returning(['workspaceId', 'personId', 'expiresAt'])
    .executeTakeFirst()
  if (!link || link.expiresAt <= now) return null
  return { workspaceId: link.workspaceId, personId: link.personId }
}

/** Begins a session, of which only the token's hash is kept. */
export const createSession = async (
  { db }: SystemScope,
  {
    now,
    ...session
  }: {
    id: string
    tokenHash: Uint8Array
    workspaceId: string
    personId: string
    expiresAt: string
    now: string
  },
): Promise<void> => {
  await db
    .insertInto('sessions')
    .values({ ...session, createdAt: now })
    .execute()
}

/** The session of a token as it stands: null when it ended, expired, or its person left the workspace. */
export const findSession = async (
  { db }: SystemScope,
  { tokenHash, now }: { tokenHash: Uint8Array; now: string },
): Promise<Session | null> => {
  const row = await db
    .selectFrom('sessions')
    .innerJoin('workspaces', 'workspaces.id', 'sessions.workspaceId')
    .innerJoin('people', 'people.id', 'sessions.personId')
    .innerJoin('members', (join) =>
      join
        .onRef('members.workspaceId', '=', 'sessions.workspaceId')
        .onRef('members.personId', '=', 'sessions.personId'),
    )
    .selectAll('workspaces')
    .select(['people.id as personId', 'people.name as personName', 'members.role'])
    .where('sessions.tokenHash', '=', tokenHash)
    .where('sessions.expiresAt', '>', now)
    .executeTakeFirst()
  if (!row) return null
  const { personId, personName, role, ...workspace } = row
  return { workspace, person: { id: personId, name: personName }, role }
}

/** Ends a session. */
export const deleteSession = async ({ db }: SystemScope, { tokenHash }: { tokenHash: Uint8Array }): Promise<void> => {
  await db.deleteFrom('sessions').where('tokenHash', '=', tokenHash).execute()
}
