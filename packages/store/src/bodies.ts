import type { KeptBody } from '@assay/core'
import type { WorkspaceScope } from './scope.ts'

/** A body on its way to the database. */
export type BodyRecord = KeptBody & { id: string; workspaceId: string; at: string }

/** The body of a request; null where none is kept, or none any more. */
export const findBody = async ({ db, workspaceId }: WorkspaceScope, id: string): Promise<KeptBody | null> => {
  const row = await db
    .selectFrom('requestBodies')
    .select(['request', 'answer', 'redactions'])
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row ?? null
}
