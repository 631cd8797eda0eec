import type { Guard } from '@assay/core'
import { listGuards, type Store } from '@assay/store'
import { keepRecent } from '../gateway/keys/recent.ts'
import type { GuardSet, Guards, KeyHolder } from '../gateway/parts.ts'
import { createGuardSet } from './guard-set.ts'
import type { Judges } from './look.ts'

type Kept = { guards: readonly Guard[]; sets: Map<string | null, GuardSet | null> }

/**
 * The guards of each workspace. While the database does not answer the last known ones go on looking; where none are
 * known, nothing passes.
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
  const recent = keepRecent<Kept>({
    now,
    read: async (workspaceId) => {
      const guards = await store.inWorkspace(workspaceId, listGuards)
      return { guards: guards.filter(({ enabled }) => enabled), sets: new Map() }
    },
  })

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
      const found = recent.of(holder.workspaceId)
      return found instanceof Promise ? found.then((kept) => setOf(kept, holder)) : setOf(found, holder)
    },
    forget: recent.forget,
  }
}
