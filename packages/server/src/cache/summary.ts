import { DAY_MS, HOUR_MS, timestamp, type ContractReply, type getCacheSummary } from '@assay/core'
import { countCache, usageByHour, type WorkspaceScope } from '@assay/store'

type Summary = Omit<ContractReply<typeof getCacheSummary>, 'nearDuplicates'>
/** Up to so many hours a point is an hour, beyond it a day. */
const MOST_HOURLY = 72

/** What the cache of a workspace holds now, and what it did in the whole hours up to now. */
export const summarise = async (
  scope: WorkspaceScope,
  { now, hours }: { now: number; hours: number },
): Promise<Summary> => {
  const to = Math.floor(now / HOUR_MS) * HOUR_MS + HOUR_MS
  const from = to - hours * HOUR_MS
  const rows = await usageByHour(scope, { from: timestamp(from), to: timestamp(to) })
  const bucketMs = hours <= MOST_HOURLY ? HOUR_MS : DAY_MS
  const points = new Map<number, { hits: number; misses: number; savedNanoUsd: number }>()
  const startOf = (time: number): number => Math.floor(time / bucketMs) * bucketMs
  for (let at = startOf(from); at < to; at += bucketMs) points.set(at, { hits: 0, misses: 0, savedNanoUsd: 0 })
  const total = { hits: 0, misses: 0, savedNanoUsd: 0, savedMs: 0 }
  for (const { hour, cacheHits, cacheMisses, cacheSavedNanoUsd, cacheSavedMs } of rows) {
    const point = points.get(startOf(Date.parse(hour)))
    for (const sum of point ? [total, point] : [total]) {
      sum.hits += cacheHits
      sum.misses += cacheMisses
      sum.savedNanoUsd += cacheSavedNanoUsd
    }
    total.savedMs += cacheSavedMs
  }
  return {
    from: timestamp(from),
    to: timestamp(to),
    ...total,
    ...(await countCache(scope, timestamp(now))),
    points: [...points].map(([at, point]) => ({ at: timestamp(at), ...point })),
  }
}
