import type { NearDuplicateMode } from '@assay/core'
import { sql } from 'kysely'
import type { WorkspaceScope } from './scope.ts'

/** What was counted of near-duplicates. */
export type NearDuplicateCounts = { candidates: number; measured: number; falseHits: number }

/** How near-duplicates are treated in the workspace, and what was counted of them. */
export const readNearDuplicates = async ({
  db,
  workspaceId,
}: WorkspaceScope): Promise<NearDuplicateCounts & { mode: NearDuplicateMode }> => {
  const setting = await db
    .selectFrom('cacheSettings')
    .select('nearDuplicates')
    .where('workspaceId', '=', workspaceId)
    .executeTakeFirst()
  const counts = await db
    .selectFrom('nearDuplicates')
    .select([
      sql<number>`count(*)::bigint`.as('candidates'),
      sql<number>`count(is_same)::bigint`.as('measured'),
      sql<number>`count(*) filter (where not is_same)::bigint`.as('falseHits'),
    ])
    .where('workspaceId', '=', workspaceId)
    .executeTakeFirstOrThrow()
  return { mode: setting?.nearDuplicates ?? 'off', ...counts }
}

/** Chooses how near-duplicates are treated. */
export const setNearDuplicates = async (
  { db, workspaceId }: WorkspaceScope,
  { mode, now }: { mode: NearDuplicateMode; now: string },
): Promise<void> => {
  await db
    .insertInto('cacheSettings')
    .values({ workspaceId, nearDuplicates: mode, updatedAt: now })
    .onConflict((conflict) => conflict.column('workspaceId').doUpdateSet({ nearDuplicates: mode, updatedAt: now }))
    .execute()
}

/** Notes that a kept answer nearly fitted a request; `isSame` is null for one that was not compared. */
export const recordNearDuplicate = async (
  { db, workspaceId }: WorkspaceScope,
  found: { requestId: string; cacheKey: string; isServed: boolean; isSame: boolean | null; at: string },
): Promise<void> => {
  await db
    .insertInto('nearDuplicates')
    .values({ ...found, workspaceId })
    .onConflict((conflict) => conflict.column('requestId').doNothing())
    .execute()
}
