import type { AlertRule } from '@assay/core'
import { type Selectable, sql } from 'kysely'
import { type Database, json } from './schema.ts'
import type { WorkspaceScope } from './scope.ts'

/** Who is told of alerts, the oldest rule first. */
export const listAlertRules = async ({ db, workspaceId }: WorkspaceScope): Promise<AlertRule[]> => {
  const rows = await db
    .selectFrom('alertRules')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .orderBy('createdAt')
    .orderBy('id')
    .execute()
  return rows.map(toAlertRule)
}

/** Adds a rule; the database refuses a name that is taken. */
export const insertAlertRule = async (
  { db, workspaceId }: WorkspaceScope,
  { filter, ...rule }: AlertRule,
): Promise<void> => {
  await db
    .insertInto('alertRules')
    .values({ ...rule, workspaceId, filter: json(filter) })
    .execute()
}

/** Changes a rule; null when the workspace has none with this id. */
export const updateAlertRule = async (
  { db, workspaceId }: WorkspaceScope,
  { id, changes, at }: { id: string; changes: Partial<Omit<AlertRule, 'id' | 'createdAt'>>; at: string },
): Promise<AlertRule | null> => {
  const { filter, ...rest } = changes
  const row = await db
    .updateTable('alertRules')
    .set({ ...rest, ...(filter === undefined ? undefined : { filter: json(filter) }), updatedAt: at })
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst()
  return row ? toAlertRule(row) : null
}

/** Removes a rule; null when the workspace has none with this id. */
export const removeAlertRule = async ({ db, workspaceId }: WorkspaceScope, id: string): Promise<AlertRule | null> => {
  const row = await db
    .deleteFrom('alertRules')
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst()
  return row ? toAlertRule(row) : null
}

/** Takes a channel out of every rule. */
export const forgetChannel = async ({ db, workspaceId }: WorkspaceScope, channelId: string): Promise<void> => {
  await db
    .updateTable('alertRules')
    .set({ channelIds: sql<string[]>`array_remove(channel_ids, ${channelId}::uuid)` })
    .where('workspaceId', '=', workspaceId)
    .execute()
}

const toAlertRule = ({ workspaceId: _workspaceId, ...rule }: Selectable<Database['alertRules']>): AlertRule => rule
