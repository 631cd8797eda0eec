import { MINUTE_MS } from '@assay/core'
import { countMembers, type Store } from '@assay/store'

const KEPT_MS = MINUTE_MS
const MOST_WORKSPACES = 10_000

/** Tells which workspaces are shared by several people: there, users do not get each other's answers unasked. */
export const createSharing = ({ store, now }: { store: Pick<Store, 'inSystem'>; now: () => number }) => {
  const known = new Map<string, { isShared: boolean; readAt: number }>()

  const read = async (workspaceId: string): Promise<boolean> => {
    // Nobody to say it: then as if it were shared.
    const members = await store.inSystem((system) => countMembers(system, workspaceId)).catch(() => 2)
    if (known.size >= MOST_WORKSPACES) known.delete(known.keys().next().value!)
    known.set(workspaceId, { isShared: members > 1, readAt: now() })
    return members > 1
  }

  return {
    isShared: (workspaceId: string): boolean | Promise<boolean> => {
      const found = known.get(workspaceId)
      return found && now() - found.readAt < KEPT_MS ? found.isShared : read(workspaceId)
    },
  }
}
