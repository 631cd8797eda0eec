import type { Guard, GuardDefinition } from '@assay/core'
import type { Selectable } from 'kysely'
import { type Database, json } from './schema.ts'
import type { WorkspaceScope } from './scope.ts'

/** The guards of the workspace, in the order they look. */
export const listGuards = async ({ db, workspaceId }: WorkspaceScope): Promise<Guard[]> => {
  const rows = await db
    .selectFrom('guards')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .orderBy('place')
    .orderBy('id')
    .execute()
  return rows.map(toGuard)
}

/** Adds a guard at a place; the database refuses a name that is taken. */
export const insertGuard = async (
  { db, workspaceId }: WorkspaceScope,
  { guard: { when, options, ...guard }, place }: { guard: Guard; place: number },
): Promise<void> => {
  await db
    .insertInto('guards')
    .values({ ...guard, workspaceId, looksAt: when, options: json(options), place })
    .execute()
}

/** Gives a guard other words; null when the workspace has no such guard. */
export const updateGuard = async (
  { db, workspaceId }: WorkspaceScope,
  { id, definition, now }: { id: string; definition: GuardDefinition; now: string },
): Promise<Guard | null> => {
  const { when, options, ...rest } = definition
  const row = await db
    .updateTable('guards')
    .set({ ...rest, looksAt: when, options: json(options), updatedAt: now })
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst()
  return row ? toGuard(row) : null
}

/** Removes a guard; null when the workspace has no such guard. */
export const removeGuard = async ({ db, workspaceId }: WorkspaceScope, id: string): Promise<Guard | null> => {
  const row = await db
    .deleteFrom('guards')
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst()
  return row ? toGuard(row) : null
}

/** Puts the guards in the order of these ids. */
export const orderGuards = async ({ db, workspaceId }: WorkspaceScope, ids: readonly string[]): Promise<void> => {
  for (const [place, id] of ids.entries()) {
    await db.updateTable('guards').set({ place }).where('workspaceId', '=', workspaceId).where('id', '=', id).execute()
  }
}

const toGuard = ({ workspaceId: _workspace, place: _place, looksAt, ...row }: Selectable<Database['guards']>): Guard =>
  ({ ...row, when: looksAt }) as Guard
