import type { Credential, Page } from '@assay/core'
import type { Selectable } from 'kysely'
import { decodeCursor, isBefore, limitOf, pageFrom, type PageOptions, TimePosition } from './cursor.ts'
import type { Database } from './schema.ts'
import type { WorkspaceScope } from './scope.ts'

/** A credential as it is stored: sealed, bound to the origin of its base URL. */
export type CredentialRow = Credential & {
  origin: string
  sealed: Uint8Array
  dataKeyId: string
  fingerprint: Uint8Array
}

/** A workspace's data key, wrapped by the master key. */
export type DataKeyRow = { id: string; workspaceId: string; kekId: string; wrapped: Uint8Array; createdAt: string }

/** Stores a credential; the database refuses a second default, name or equal secret of one provider. */
export const insertCredential = async ({ db, workspaceId }: WorkspaceScope, row: CredentialRow): Promise<void> => {
  await db
    .insertInto('credentials')
    .values({ ...row, workspaceId })
    .execute()
}

/** The credentials of the workspace, newest first, without the removed ones. */
export const listCredentials = async (
  { db, workspaceId }: WorkspaceScope,
  page: PageOptions,
): Promise<Page<Credential>> => {
  const after = decodeCursor(page.cursor, TimePosition)
  const limit = limitOf(page)
  const rows = await db
    .selectFrom('credentials')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('deletedAt', 'is', null)
    .$if(after !== undefined, (query) => query.where(isBefore(['createdAt', 'id'], after!)))
    .orderBy('createdAt', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute()
  return pageFrom(rows, { limit, item: toCredential, position: ({ createdAt, id }) => [createdAt, id] })
}

/** One credential with what opens it; null when unknown or removed. */
export const findCredential = async (
  { db, workspaceId }: WorkspaceScope,
  id: string,
): Promise<CredentialRow | null> => {
  const row = await db
    .selectFrom('credentials')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .where('deletedAt', 'is', null)
    .executeTakeFirst()
  return row ? toCredentialRow(row) : null
}

/** The credential that serves a provider: the default, else the only one. */
export const defaultCredential = async (
  { db, workspaceId }: WorkspaceScope,
  provider: string,
): Promise<CredentialRow | null> => {
  const rows = await db
    .selectFrom('credentials')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('provider', '=', provider as Credential['provider'])
    .where('deletedAt', 'is', null)
    .orderBy('isDefault', 'desc')
    .limit(2)
    .execute()
  const [first] = rows
  return first && (first.isDefault || rows.length === 1) ? toCredentialRow(first) : null
}

/** Removes a credential: its secret is overwritten at once and its name is free again; null when unknown. */
export const removeCredential = async (
  { db, workspaceId }: WorkspaceScope,
  { id, now }: { id: string; now: string },
): Promise<Credential | null> => {
  const row = await db
    .updateTable('credentials')
    .set({ sealed: new Uint8Array(), deletedAt: now, updatedAt: now, isDefault: false })
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .where('deletedAt', 'is', null)
    .returningAll()
    .executeTakeFirst()
  return row ? toCredential(row) : null
}

/** The data key that new secrets are sealed with. */
export const findDataKey = async ({ db, workspaceId }: WorkspaceScope): Promise<DataKeyRow | null> => {
  const row = await db
    .selectFrom('dataKeys')
    .select(['id', 'workspaceId', 'kekId', 'wrapped', 'createdAt'])
    .where('workspaceId', '=', workspaceId)
    .where('retiredAt', 'is', null)
    .executeTakeFirst()
  return row ?? null
}

/** Stores the first data key of a workspace; the database refuses a second one. */
export const insertDataKey = async ({ db, workspaceId }: WorkspaceScope, row: DataKeyRow): Promise<void> => {
  await db
    .insertInto('dataKeys')
    .values({ ...row, workspaceId })
    .execute()
}

const toCredentialRow = ({
  workspaceId: _workspaceId,
  deletedAt: _deletedAt,
  ...row
}: Selectable<Database['credentials']>): CredentialRow => row

const toCredential = ({
  id,
  provider,
  name,
  baseUrl,
  hint,
  isDefault,
  createdAt,
  updatedAt,
  lastUsedAt,
}: Selectable<Database['credentials']>): Credential => ({
  id,
  provider,
  name,
  baseUrl,
  hint,
  isDefault,
  createdAt,
  updatedAt,
  lastUsedAt,
})
