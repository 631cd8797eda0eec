import type { WorkspaceScope } from './scope.ts'

/** Gives the workspace the schedule that every one has; nothing when it has it, changed or not. */
export const ensureDefaultSchedule = async (
  { db, workspaceId }: WorkspaceScope,
  { id, cron, nextAt }: { id: string; cron: string; nextAt: string },
): Promise<void> => {
  await db
    .insertInto('schedules')
    .values({ id, workspaceId, cron, nextAt, isDefault: true, tag: null, lastAt: null })
    .onConflict((conflict) => conflict.column('workspaceId').where('isDefault', '=', true).doNothing())
    .execute()
}
