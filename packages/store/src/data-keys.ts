import type { WorkspaceScope } from './scope.ts'

/** A workspace's data key, wrapped by the master key named `kekId`. */
export type DataKeyRow = { id: string; workspaceId: string; kekId: string; wrapped: Uint8Array; createdAt: string }

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

/** Puts a data key under another master key, unless somebody else did so meanwhile; true when it is done. */
export const rewrapDataKey = async (
  { db, workspaceId }: WorkspaceScope,
  change: { id: string; from: string; kekId: string; wrapped: Uint8Array },
): Promise<boolean> => {
  const { numUpdatedRows } = await db
    .updateTable('dataKeys')
    .set({ kekId: change.kekId, wrapped: change.wrapped })
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', change.id)
    .where('kekId', '=', change.from)
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}
