import { SECOND_MS } from '@assay/core'

/** How old what is known may be on another process than the one that changed it. */
const KEPT_MS = 30 * SECOND_MS
const MOST_WORKSPACES = 10_000

/** What this process knows of each workspace. */
export type Recent<Known> = {
  /** As it was at most half a minute ago; at once where it is known. */
  of: (workspaceId: string) => Known | Promise<Known>
  /** As it is now. */
  read: (workspaceId: string) => Promise<Known>
  /** It was changed; null: perhaps that of any workspace. */
  forget: (workspaceId: string | null) => void
}

/**
 * Keeps what was read of each workspace for half a minute. While it cannot be read, what was known last goes on
 * holding; where nothing was known, the error is thrown.
 */
export const keepRecent = <Known>({
  read,
  now,
}: {
  read: (workspaceId: string) => Promise<Known>
  now: () => number
}): Recent<Known> => {
  const kept = new Map<string, { readAt: number; known: Known }>()
  /** Raised by every change, so that what was read before it is not kept after it. */
  let changes = 0

  const readNow = async (workspaceId: string): Promise<Known> => {
    const before = changes
    const known = await read(workspaceId)
    if (before !== changes) return known
    kept.delete(workspaceId)
    if (kept.size >= MOST_WORKSPACES) kept.delete(kept.keys().next().value!)
    kept.set(workspaceId, { readAt: now(), known })
    return known
  }

  return {
    read: readNow,
    of: (workspaceId) => {
      const last = kept.get(workspaceId)
      if (last && now() - last.readAt < KEPT_MS) return last.known
      return readNow(workspaceId).catch((error: unknown) => {
        if (!last) throw error
        last.readAt = now()
        return last.known
      })
    },
    forget: (workspaceId) => {
      changes++
      if (workspaceId === null) kept.clear()
      else kept.delete(workspaceId)
    },
  }
}
