import { SECOND_MS, type Guard } from '@assay/core'
import { listGuards, type Store } from '@assay/store'
import type { GuardSet, Guards, KeyHolder } from '../gateway/parts.ts'
import { createGuardSet } from './guard-set.ts'
import type { Judges } from './look.ts'

/** How old guards may be on another process than the one that changed them. */
const KEPT_MS = 30 * SECOND_MS
const MOST_WORKSPACES = 1_000

type Kept = { readAt: number; guards: readonly Guard[]; sets: Map<string | null, GuardSet | null> }

/**
 * The guards of each workspace, kept for half a minute. While the database does not answer the last known ones go on
 * looking; where none are known, nothing passes.
 */
export const createGuards = ({
  store,
  now,
  judgesOf,
}: {
  store: Pick<Store, 'inWorkspace'>
  now: () => number
  judgesOf: (workspaceId: string) => Judges
}): Guards & { forget(workspaceId: string | null): void } => {
  const kept = new Map<string, Kept>()

  const read = async (workspaceId: string): Promise<Kept> => {
    const last = kept.get(workspaceId)
    try {
      const guards = await store.inWorkspace(workspaceId, listGuards)
      const fresh: Kept = { readAt: now(), guards: guards.filter(({ enabled }) => enabled), sets: new Map() }
      if (kept.size >= MOST_WORKSPACES) kept.delete(kept.keys().next().value!)
      kept.set(workspaceId, fresh)
      return fresh
    } catch (error) {
      if (!last) throw error
      last.readAt = now()
      return last
    }
  }

  /** A rotated key keeps the guards of the key before it. */
  const setOf = ({ guards, sets }: Kept, { keyId, limitsId, workspaceId }: KeyHolder): GuardSet | null => {
    const key = limitsId ?? keyId
    const known = sets.get(key)
    if (known !== undefined) return known
    const own = guards.filter((guard) => guard.keyId === null || guard.keyId === key)
    const set = createGuardSet(own, judgesOf(workspaceId))
    sets.set(key, set)
    return set
  }

  return {
    of: (holder) => {
      const found = kept.get(holder.workspaceId)
      if (found && now() - found.readAt < KEPT_MS) return setOf(found, holder)
      return read(holder.workspaceId).then((fresh) => setOf(fresh, holder))
    },
    forget: (workspaceId) => {
      if (workspaceId === null) kept.clear()
      else kept.delete(workspaceId)
    },
  }
}
