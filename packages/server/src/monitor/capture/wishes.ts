import type { MonitorSettings, Redaction } from '@assay/core'
import { readMonitorSettings, readRetention, type Store } from '@assay/store'
import { redactionOf } from '../../gateway/books/retention.ts'
import { keepRecent, type Recent } from '../../gateway/keys/recent.ts'

/** What a workspace wants of its failures: what is taken out beside the usual, what is kept, when a test is made. */
export type FailureWish = Pick<MonitorSettings, 'bodies' | 'threshold' | 'countBy'> & { own: readonly Redaction[] }

/** What each workspace wants of its failures. */
export type FailureWishes = Recent<FailureWish>

/** Reads and remembers them. Where they cannot be read nothing may be kept, so the error is the caller's. */
export const createFailureWishes = ({
  store,
  now,
}: {
  store: Pick<Store, 'inWorkspace'>
  now: () => number
}): FailureWishes =>
  keepRecent({
    now,
    read: (workspaceId) =>
      store.inWorkspace(workspaceId, async (scope) => {
        const { bodies, threshold, countBy } = await readMonitorSettings(scope)
        const { patterns } = await readRetention(scope)
        return { bodies, threshold, countBy, own: patterns.map(redactionOf) }
      }),
  })
