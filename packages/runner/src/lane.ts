/** How many calls to one model go on at once: more while it answers, half when it is overloaded. */
export type Lane = {
  readonly limit: number
  /** Before this moment nothing new is sent; the provider asked for it. */
  readonly closedUntilMs: number
  /** Counts an answer that came. */
  onSuccess(): void
  /** Counts a refusal for overload to a call that began at the given moment. */
  onOverload(call: { startedAtMs: number; retryAfterMs: number | null }): void
}

const START = 4

/** Additive increase, multiplicative decrease: one more for each window of answers, half at an overload. */
export const createLane = ({ ceiling, now }: { ceiling: number; now: () => number }): Lane => {
  let limit = Math.min(START, ceiling)
  let successes = 0
  let halvedAtMs = -Infinity
  let closedUntilMs = -Infinity
  return {
    get limit() {
      return limit
    },
    get closedUntilMs() {
      return closedUntilMs
    },
    onSuccess() {
      successes++
      if (successes < limit) return
      successes = 0
      limit = Math.min(ceiling, limit + 1)
    },
    onOverload({ startedAtMs, retryAfterMs }) {
      if (retryAfterMs !== null) closedUntilMs = Math.max(closedUntilMs, now() + retryAfterMs)
      successes = 0
      // Calls that began before the last halving say nothing of how it went since.
      if (startedAtMs <= halvedAtMs) return
      halvedAtMs = now()
      limit = Math.max(1, Math.floor(limit / 2))
    },
  }
}
