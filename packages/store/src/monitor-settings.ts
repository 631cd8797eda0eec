import type { MonitorSettings } from '@assay/core'
import type { WorkspaceScope } from './scope.ts'

const unsaid: MonitorSettings = { bodies: 'on', threshold: 3, countBy: 'occurrences', updatedAt: null }

/** What the workspace wants of its failures. */
export const readMonitorSettings = async ({ db, workspaceId }: WorkspaceScope): Promise<MonitorSettings> => {
  const row = await db
    .selectFrom('monitorSettings')
    .select(['bodies', 'threshold', 'countBy', 'updatedAt'])
    .where('workspaceId', '=', workspaceId)
    .executeTakeFirst()
  return row ?? unsaid
}

/** Says anew what the workspace wants. */
export const writeMonitorSettings = async (
  { db, workspaceId }: WorkspaceScope,
  settings: MonitorSettings & { updatedAt: string },
): Promise<void> => {
  await db
    .insertInto('monitorSettings')
    .values({ workspaceId, ...settings })
    .onConflict((conflict) => conflict.column('workspaceId').doUpdateSet(settings))
    .execute()
}
