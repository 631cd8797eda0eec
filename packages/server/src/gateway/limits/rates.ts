import { AssayError, fillBucket, perMinute, SECOND_MS, timestamp, waitForBucket, type Bucket } from '@assay/core'
import { drawRate, returnRate, type SharedRate, type Store } from '@assay/store'

/** Whose rate it is and how much it allows in a minute. */
export type RateOf = { workspaceId: string; limitsId: string; kind: 'rpm' | 'tpm'; limit: number }

/** Requests or tokens per minute of every key. */
export type Rates = {
  /** Takes so much, or throws `gateway.rate_limited`. At once where this process can decide it. */
  take(of: RateOf, count: number): void | Promise<void>
  /** Gives back what was taken and not used; less than nothing for what was used beyond it. */
  correct(of: RateOf, count: number): void
  /** Gives others what this process holds and does not use. */
  tick(): Promise<void>
}

/** Part of a shared limit that a process takes at once, so that the next requests need not ask. */
const SLICE = 0.05
/** So long a slice is kept that nobody uses. */
const IDLE_MS = SECOND_MS

/** The rates of a process that is alone: buckets in memory. */
export const createOwnRates = ({ now }: { now: () => number }): Rates => {
  const buckets = new Map<string, Bucket & { rate: ReturnType<typeof perMinute> }>()

  const bucketOf = ({ limitsId, kind, limit }: RateOf) => {
    const key = `${kind} ${limitsId}`
    let bucket = buckets.get(key)
    if (!bucket || bucket.rate.capacity !== limit) {
      const rate = perMinute(limit)
      // A limit that is raised or lowered goes on with what was left.
      bucket = { rate, level: Math.min(bucket?.level ?? limit, limit), at: bucket?.at ?? now() }
      buckets.set(key, bucket)
    }
    Object.assign(bucket, fillBucket(bucket, bucket.rate, now()))
    return bucket
  }

  return {
    take: (of, count) => {
      const bucket = bucketOf(of)
      if (bucket.level < count) throw refusal(of, count, waitForBucket(bucket, bucket.rate, count))
      bucket.level -= count
    },
    correct: (of, count) => void (bucketOf(of).level += count),
    tick: async () => {
      for (const [key, bucket] of buckets) {
        if (fillBucket(bucket, bucket.rate, now()).level >= bucket.rate.capacity) buckets.delete(key)
      }
    },
  }
}

type Slice = { of: RateOf; rate: SharedRate; left: number; usedAt: number; turn: Promise<void> }

/** The rates of several processes on one server: each takes slices of what all share. */
export const createSharedRates = ({ store, now }: { store: Pick<Store, 'inWorkspace'>; now: () => number }): Rates => {
  const slices = new Map<string, Slice>()

  const sliceOf = (of: RateOf): Slice => {
    const key = `${of.kind} ${of.limitsId}`
    let slice = slices.get(key)
    if (!slice) {
      const rate = { limitsId: of.limitsId, kind: of.kind, ...perMinute(of.limit) }
      slice = { of, rate, left: 0, usedAt: now(), turn: Promise.resolve() }
      slices.set(key, slice)
    }
    if (slice.of.limit !== of.limit) Object.assign(slice.rate, perMinute(of.limit))
    slice.of = of
    return slice
  }

  const draw = async (slice: Slice, count: number): Promise<void> => {
    if (slice.left >= count) return void (slice.left -= count)
    const need = count - slice.left
    const want = Math.max(need, Math.floor(slice.of.limit * SLICE))
    const { granted, level } = await store.inWorkspace(slice.of.workspaceId, (scope) =>
      drawRate(scope, { rate: slice.rate, need, want, now: timestamp(now()) }),
    )
    slice.left += granted
    if (slice.left < count) throw refusal(slice.of, count, waitForBucket({ level, at: 0 }, slice.rate, need))
    slice.left -= count
  }

  return {
    take: (of, count) => {
      const slice = sliceOf(of)
      slice.usedAt = now()
      if (slice.left >= count) return void (slice.left -= count)
      const drawn = slice.turn.then(() => draw(slice, count))
      slice.turn = drawn.catch(() => {})
      return drawn
    },
    correct: (of, count) => void (sliceOf(of).left += count),
    tick: async () => {
      for (const [key, slice] of slices) {
        if (now() - slice.usedAt < IDLE_MS) continue
        const count = slice.left
        slices.delete(key)
        if (count === 0) continue
        await store.inWorkspace(slice.of.workspaceId, (scope) => returnRate(scope, { rate: slice.rate, count }))
      }
    },
  }
}

const refusal = ({ kind, limit }: RateOf, needed: number, waitMs: number): AssayError =>
  new AssayError('gateway.rate_limited', {
    limit: kind,
    allowed: limit,
    needed,
    retryAfterMs: Math.max(SECOND_MS, waitMs),
  })
