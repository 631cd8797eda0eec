import type { FingerprintRule } from '@assay/core'
import type { Selectable } from 'kysely'
import type { Database } from './schema.ts'
import type { WorkspaceScope } from './scope.ts'

/** The rules of the workspace on what is one group, in the order they are tried. */
export const listFingerprintRules = async ({ db, workspaceId }: WorkspaceScope): Promise<FingerprintRule[]> => {
  const rows = await db
    .selectFrom('fingerprintRules')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .orderBy('place')
    .orderBy('id')
    .execute()
  return rows.map(toRule)
}

/** Adds a rule at a place; the database refuses a name that is taken. */
export const insertFingerprintRule = async (
  { db, workspaceId }: WorkspaceScope,
  { rule, place }: { rule: FingerprintRule; place: number },
): Promise<void> => {
  await db
    .insertInto('fingerprintRules')
    .values({ ...rule, workspaceId, place })
    .execute()
}

/** Gives a rule other words; null when the workspace has no such rule. */
export const updateFingerprintRule = async (
  { db, workspaceId }: WorkspaceScope,
  { id, ...changes }: Pick<FingerprintRule, 'id'> & Partial<FingerprintRule>,
): Promise<FingerprintRule | null> => {
  const row = await db
    .updateTable('fingerprintRules')
    .set(changes)
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst()
  return row ? toRule(row) : null
}

/** Removes a rule; null when the workspace has no such rule. */
export const removeFingerprintRule = async (
  { db, workspaceId }: WorkspaceScope,
  id: string,
): Promise<FingerprintRule | null> => {
  const row = await db
    .deleteFrom('fingerprintRules')
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst()
  return row ? toRule(row) : null
}

/** Puts the rules in the order of these ids. */
export const orderFingerprintRules = async (
  { db, workspaceId }: WorkspaceScope,
  ids: readonly string[],
): Promise<void> => {
  for (const [place, id] of ids.entries()) {
    await db
      .updateTable('fingerprintRules')
      .set({ place })
      .where('workspaceId', '=', workspaceId)
      .where('id', '=', id)
      .execute()
  }
}

const toRule = ({
  workspaceId: _workspaceId,
  place: _place,
  ...rule
}: Selectable<Database['fingerprintRules']>): FingerprintRule => rule
