import { DAY_MS, timestamp, type Credential, type Page } from '@assay/core'
import { sql, type Selectable, type Updateable } from 'kysely'
import { decodeCursor, isBefore, limitOf, pageFrom, type PageOptions, TimePosition } from './cursor.ts'
import { json, type Database } from './schema.ts'
import type { WorkspaceScope } from './scope.ts'

/** A credential as it is stored: sealed, bound to the origin of its base URL. */
export type CredentialRow = Omit<Credential, 'dueAt'> & {
  sealed: Uint8Array
  /** The secret before the last rotation, until its grace is over. */
  previousSealed: Uint8Array | null
  dataKeyId: string
  fingerprint: Uint8Array
  isRemoved: boolean
}

type Row = Selectable<Database['credentials']>

/** Stores a credential; the database refuses a second default, name or equal secret of one provider. */
export const insertCredential = async (
  { db, workspaceId }: WorkspaceScope,
  { isRemoved: _isRemoved, ...row }: CredentialRow,
): Promise<void> => {
  await db
    .insertInto('credentials')
    .values({ ...row, options: json(row.options), workspaceId })
    .execute()
}

/** The credentials of the workspace, newest first, without the removed ones. */
export const listCredentials = async (
  { db, workspaceId }: WorkspaceScope,
  page: PageOptions & { provider?: Credential['provider'] | undefined },
): Promise<Page<Credential>> => {
  const { provider } = page
  const after = decodeCursor(page.cursor, TimePosition)
  const limit = limitOf(page)
  const rows = await db
    .selectFrom('credentials')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('deletedAt', 'is', null)
    .$if(provider !== undefined, (query) => query.where('provider', '=', provider!))
    .$if(after !== undefined, (query) => query.where(isBefore(['createdAt', 'id'], after!)))
    .orderBy('createdAt', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute()
  return pageFrom(rows, { limit, item: toCredential, position: ({ createdAt, id }) => [createdAt, id] })
}

/** All that may serve, with what opens them, the oldest first: tens of rows, not thousands. */
export const servingCredentials = async ({ db, workspaceId }: WorkspaceScope): Promise<CredentialRow[]> => {
  const rows = await db
    .selectFrom('credentials')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('deletedAt', 'is', null)
    .orderBy('createdAt')
    .orderBy('id')
    .execute()
  return rows.map(toCredentialRow)
}

/** One credential with what opens it, a removed one too; null when unknown. */
export const findCredential = async (
  { db, workspaceId }: WorkspaceScope,
  id: string,
): Promise<CredentialRow | null> => {
  const row = await db
    .selectFrom('credentials')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row ? toCredentialRow(row) : null
}

/** What may change of a credential. */
export type CredentialChanges = Partial<Omit<CredentialRow, 'id' | 'createdAt' | 'createdBy' | 'isRemoved'>>

/** Changes a credential that is not removed; columns that are not named are not touched. Null when unknown. */
export const updateCredential = async (
  { db, workspaceId }: WorkspaceScope,
  id: string,
  { options, ...changes }: CredentialChanges,
): Promise<Credential | null> => {
  const set: Updateable<Database['credentials']> = { ...changes, ...(options ? { options: json(options) } : {}) }
  const row = await db
    .updateTable('credentials')
    .set(set)
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .where('deletedAt', 'is', null)
    .returningAll()
    .executeTakeFirst()
  return row ? toCredential(row) : null
}

/** Lets one credential of a provider be its default, in one statement; null when unknown. */
export const setDefaultCredential = async (
  { db, workspaceId }: WorkspaceScope,
  { id, now }: { id: string; now: string },
): Promise<Credential | null> => {
  const row = await db
    .with('former', (query) =>
      query
        .updateTable('credentials')
        .set({ isDefault: false, updatedAt: now })
        .where('workspaceId', '=', workspaceId)
        .where('isDefault', '=', true)
        .where('deletedAt', 'is', null)
        .where('id', '<>', id)
        .where('provider', '=', (other) =>
          other
            .selectFrom('credentials')
            .select('provider')
            .where('workspaceId', '=', workspaceId)
            .where('id', '=', id)
            .where('deletedAt', 'is', null),
        )
        .returning('id'),
    )
    .updateTable('credentials')
    .set({ isDefault: true, updatedAt: now })
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .where('deletedAt', 'is', null)
    // Counting what lost the default makes that happen first: the index allows only one at any moment.
    .where(sql<boolean>`(select count(*) from former) >= 0`)
    .returningAll()
    .executeTakeFirst()
  return row ? toCredential(row) : null
}

/** Removes a credential: its secrets are overwritten at once and its name is free again; null when unknown. */
export const removeCredential = async (
  { db, workspaceId }: WorkspaceScope,
  { id, now }: { id: string; now: string },
): Promise<Credential | null> => {
  const row = await db
    .updateTable('credentials')
    .set({
      sealed: new Uint8Array(),
      previousSealed: null,
      graceUntil: null,
      deletedAt: now,
      updatedAt: now,
      isDefault: false,
    })
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .where('deletedAt', 'is', null)
    .returningAll()
    .executeTakeFirst()
  return row ? toCredential(row) : null
}

/** Notes when credentials were last used; never moves a time back. */
export const touchCredentials = async (
  { db, workspaceId }: WorkspaceScope,
  used: readonly { id: string; at: string }[],
): Promise<void> => {
  for (const { id, at } of used) {
    await db
      .updateTable('credentials')
      .set({ lastUsedAt: at })
      .where('workspaceId', '=', workspaceId)
      .where('id', '=', id)
      .where((where) => where.or([where('lastUsedAt', 'is', null), where('lastUsedAt', '<', at)]))
      .execute()
  }
}

/** Marks a credential that its provider refuses, when it is active with the secret that was refused; else null. */
export const invalidateCredential = async (
  { db, workspaceId }: WorkspaceScope,
  { id, now, reason, since }: { id: string; now: string; reason: string; since: string },
): Promise<Credential | null> => {
  const row = await db
    .updateTable('credentials')
    .set({ status: 'invalid', lastError: reason, updatedAt: now })
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .where('status', '=', 'active')
    .where('secretSetAt', '<=', since)
    .where('deletedAt', 'is', null)
    .returningAll()
    .executeTakeFirst()
  return row ? toCredential(row) : null
}

/** When a secret is due to be replaced, by the policy of its credential. */
export const dueAtOf = ({ secretSetAt, maxAgeDays }: Pick<Row, 'secretSetAt' | 'maxAgeDays'>): string | null =>
  maxAgeDays === null ? null : timestamp(Date.parse(secretSetAt) + maxAgeDays * DAY_MS)

const toCredentialRow = ({ workspaceId: _workspaceId, deletedAt, ...row }: Row): CredentialRow => ({
  ...row,
  isRemoved: deletedAt !== null,
})

const toCredential = ({
  workspaceId: _workspaceId,
  deletedAt: _deletedAt,
  sealed: _sealed,
  previousSealed: _previousSealed,
  dataKeyId: _dataKeyId,
  fingerprint: _fingerprint,
  ...row
}: Row): Credential => ({ ...row, dueAt: dueAtOf(row) })
