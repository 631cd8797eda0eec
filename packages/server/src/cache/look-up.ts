import { setTimeout as delay } from 'node:timers/promises'
import { findCachedAnswer, type KeptAnswer, type Store } from '@assay/store'

/** Longer than this no request waits for the database to say whether an answer is kept. */
const PATIENCE_MS = 100

/** The kept answer by one indexed query; null when there is none, or the database does not say in time. */
export const lookUpAnswer = async (
  store: Pick<Store, 'inWorkspace'>,
  { key, workspaceId, now }: { key: string; workspaceId: string; now: string },
): Promise<KeptAnswer | null> => {
  const patience = new AbortController()
  const found = store.inWorkspace(workspaceId, (scope) => findCachedAnswer(scope, { key, now })).catch(() => null)
  const waited = delay(PATIENCE_MS, null, { signal: patience.signal, ref: false }).catch(() => null)
  try {
    return await Promise.race([found, waited])
  } finally {
    patience.abort()
  }
}
