import type { ModelNames } from '@assay/core'
import { announce } from './changes.ts'
import { json } from './schema.ts'
import type { WorkspaceScope } from './scope.ts'

const none: ModelNames = { aliases: [], providerOrder: [], updatedAt: null }

/** What the workspace calls its models. */
export const readModelNames = async ({ db, workspaceId }: WorkspaceScope): Promise<ModelNames> => {
  const row = await db
    .selectFrom('modelNames')
    .select(['aliases', 'providerOrder', 'updatedAt'])
    .where('workspaceId', '=', workspaceId)
    .executeTakeFirst()
  return row ?? none
}

/** Says anew what the workspace calls its models. */
export const writeModelNames = async (
  scope: WorkspaceScope,
  { aliases, providerOrder, updatedAt }: ModelNames & { updatedAt: string },
): Promise<void> => {
  const { db, workspaceId } = scope
  const values = { aliases: json(aliases), providerOrder: [...providerOrder], updatedAt }
  await db
    .insertInto('modelNames')
    .values({ workspaceId, ...values })
    .onConflict((conflict) => conflict.column('workspaceId').doUpdateSet(values))
    .execute()
  await announce(scope, { kind: 'model_names', workspaceId, id: workspaceId })
}
