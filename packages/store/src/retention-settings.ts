import type { RetentionSettings } from '@assay/core'
import { json } from './schema.ts'
import type { WorkspaceScope } from './scope.ts'

/** What a workspace said about keeping requests. */
export type StoredRetention = Pick<RetentionSettings, 'retention' | 'patterns' | 'updatedAt'>

const unsaid: StoredRetention = { retention: 'metadata', patterns: [], updatedAt: null }

/** What the workspace keeps of its requests. */
export const readRetention = async ({ db, workspaceId }: WorkspaceScope): Promise<StoredRetention> => {
  const row = await db
    .selectFrom('retentionSettings')
    .select(['retention', 'patterns', 'updatedAt'])
    .where('workspaceId', '=', workspaceId)
    .executeTakeFirst()
  return row ?? unsaid
}

/** Says anew what the workspace keeps. */
export const writeRetention = async (
  { db, workspaceId }: WorkspaceScope,
  { retention, patterns, updatedAt }: StoredRetention & { updatedAt: string },
): Promise<void> => {
  const values = { retention, patterns: json(patterns), updatedAt }
  await db
    .insertInto('retentionSettings')
    .values({ workspaceId, ...values })
    .onConflict((conflict) => conflict.column('workspaceId').doUpdateSet(values))
    .execute()
}
