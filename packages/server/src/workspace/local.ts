import { timestamp, type Workspace } from '@assay/core'
import { ensureLocalWorkspace, listWorkspaces, type Store } from '@assay/store'

/** The workspace that every start finds or makes, with the one person who owns it. */
export type LocalWorkspace = { workspace: Workspace; ownerId: string }

/** Finds the workspace `local`, or makes it on the first start. */
export const openLocalWorkspace = (
  store: Store,
  { createId, now }: { createId: () => string; now: () => number },
): Promise<LocalWorkspace> =>
  store.inSystem((system) =>
    ensureLocalWorkspace(system, { workspaceId: createId(), personId: createId(), now: timestamp(now()) }),
  )

/** One workspace by its id. */
export const findWorkspace = async (store: Store, id: string): Promise<Workspace | null> =>
  (await store.inSystem(listWorkspaces)).find((workspace) => workspace.id === id) ?? null
