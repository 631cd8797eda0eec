/**
 * How durations are spread, in numbers that add up: counts in buckets that grow by a quarter each, from one millisecond
 * to ten minutes. A percentile out of it is within an eighth of the true one.
 */
const GROWTH = 1.25
const BUCKETS = 60

/** The bucket of a duration; the first one takes everything below a millisecond, the last one all that is longer. */
export const bucketOf = (milliseconds: number): number =>
  milliseconds <= 1 ? 0 : Math.min(BUCKETS, Math.ceil(Math.log(milliseconds) / Math.log(GROWTH) - 1e-9))

/** Counts one duration. */
export const countDuration = (counts: number[], milliseconds: number): void => {
  const bucket = bucketOf(milliseconds)
  while (counts.length <= bucket) counts.push(0)
  counts[bucket]! += 1
}

/** Sums of counts, bucket by bucket. */
export const sumCounts = (all: readonly (readonly number[])[]): number[] => {
  const sum: number[] = []
  for (const counts of all) for (const [bucket, count] of counts.entries()) sum[bucket] = (sum[bucket] ?? 0) + count
  return Array.from(sum, (count) => count ?? 0)
}

/** The duration that the given share of all stays at or below, in milliseconds; null when nothing was counted. */
export const percentileOf = (counts: readonly number[], share: number): number | null => {
  const total = counts.reduce((sum, count) => sum + count, 0)
  if (total === 0) return null
  const wanted = Math.max(1, share * total)
  let below = 0
  for (const [bucket, count] of counts.entries()) {
    if (count > 0 && below + count >= wanted) {
      const inside = (wanted - below) / count
      return bucket === 0 ? inside : GROWTH ** (bucket - 1 + inside)
    }
    below += count
  }
  return GROWTH ** (counts.length - 1)
}
