import type { Workspace } from '@assay/core'
import type { WorkspaceScope } from './scope.ts'

/** The workspace of the transaction; null when there is none of that id. */
export const findWorkspace = async ({ db, workspaceId }: WorkspaceScope): Promise<Workspace | null> =>
  (await db.selectFrom('workspaces').selectAll().where('id', '=', workspaceId).executeTakeFirst()) ?? null
