/** How much a bucket holds and how fast it fills. */
export type BucketRate = { capacity: number; perMs: number }

/** A limit per minute as a bucket that begins full. */
export const perMinute = (limit: number): BucketRate => ({ capacity: limit, perMs: limit / 60_000 })

/** What is in a bucket at a moment; below zero when more was used than was kept. */
export type Bucket = { level: number; at: number }

/** The bucket as it is now: filled since, and never above its capacity. */
export const fillBucket = ({ level, at }: Bucket, { capacity, perMs }: BucketRate, now: number): Bucket => ({
  level: Math.min(capacity, level + Math.max(0, now - at) * perMs),
  at: Math.max(at, now),
})

/** How long until a bucket holds so much; for more than its capacity, until it is full. */
export const waitForBucket = ({ level }: Bucket, { capacity, perMs }: BucketRate, count: number): number =>
  Math.max(0, Math.ceil((Math.min(count, capacity) - level) / perMs))
