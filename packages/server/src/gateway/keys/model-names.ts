import { SECOND_MS } from '@assay/core'
import { readModelNames, type Store } from '@assay/store'
import type { NamesBook, WorkspaceNames } from '../parts.ts'

/** How old names may be on another process than the one that changed them. */
const KEPT_MS = 30 * SECOND_MS
const MOST_WORKSPACES = 10_000

/** What each workspace calls its models, kept for half a minute; the last good names stay while the database does not answer. */
export const createNamesBook = ({
  store,
  now,
}: {
  store: Pick<Store, 'inWorkspace'>
  now: () => number
}): NamesBook & { forget(workspaceId: string | null): void } => {
  const kept = new Map<string, { readAt: number; names: WorkspaceNames }>()

  const read = async (workspaceId: string): Promise<WorkspaceNames> => {
    const last = kept.get(workspaceId)
    try {
      const { aliases, providerOrder } = await store.inWorkspace(workspaceId, readModelNames)
      const names = { aliases: new Map(aliases.map(({ name, models }) => [name, models])), providerOrder }
      if (kept.size >= MOST_WORKSPACES) kept.delete(kept.keys().next().value!)
      kept.set(workspaceId, { readAt: now(), names })
      return names
    } catch (error) {
      if (!last) throw error
      last.readAt = now()
      return last.names
    }
  }

  return {
    of: (workspaceId) => {
      const found = kept.get(workspaceId)
      return found && now() - found.readAt < KEPT_MS ? found.names : read(workspaceId)
    },
    forget: (workspaceId) => {
      if (workspaceId === null) kept.clear()
      else kept.delete(workspaceId)
    },
  }
}
