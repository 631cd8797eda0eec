import type { Selectable } from 'kysely'
import type { Database } from './schema.ts'
import type { WorkspaceScope } from './scope.ts'

/** A channel with what is sealed of it. */
export type AlertChannelRow = Omit<Selectable<Database['alertChannels']>, 'workspaceId'>

/** Where people are told, the oldest channel first. */
export const listAlertChannels = async ({ db, workspaceId }: WorkspaceScope): Promise<AlertChannelRow[]> => {
  const rows = await db
    .selectFrom('alertChannels')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .orderBy('createdAt')
    .orderBy('id')
    .execute()
  return rows.map(withoutWorkspace)
}

/** One channel; null when the workspace has none with this id. */
export const findAlertChannel = async (
  { db, workspaceId }: WorkspaceScope,
  id: string,
): Promise<AlertChannelRow | null> => {
  const row = await db
    .selectFrom('alertChannels')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row ? withoutWorkspace(row) : null
}

/** Adds a channel; the database refuses a name that is taken. */
export const insertAlertChannel = async (
  { db, workspaceId }: WorkspaceScope,
  channel: AlertChannelRow,
): Promise<void> => {
  await db
    .insertInto('alertChannels')
    .values({ ...channel, workspaceId })
    .execute()
}

/** Changes a channel; null when the workspace has none with this id. */
export const updateAlertChannel = async (
  { db, workspaceId }: WorkspaceScope,
  { id, changes, at }: { id: string; changes: Partial<Omit<AlertChannelRow, 'id' | 'kind' | 'createdAt'>>; at: string },
): Promise<AlertChannelRow | null> => {
  const row = await db
    .updateTable('alertChannels')
    .set({ ...changes, updatedAt: at })
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst()
  return row ? withoutWorkspace(row) : null
}

/** Removes a channel and its deliveries; null when the workspace has none with this id. */
export const removeAlertChannel = async (
  { db, workspaceId }: WorkspaceScope,
  id: string,
): Promise<AlertChannelRow | null> => {
  const row = await db
    .deleteFrom('alertChannels')
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst()
  return row ? withoutWorkspace(row) : null
}

const withoutWorkspace = ({
  workspaceId: _workspaceId,
  ...channel
}: Selectable<Database['alertChannels']>): AlertChannelRow => channel
