/** Time that stands still until a test moves it. */
export type FixedClock = {
  /** Unix milliseconds; hand it in where a `now` is asked for. */
  now: () => number
  advance: (milliseconds: number) => void
  /** Ends at once, and the clock has moved on; hand it in where a `sleep` is asked for. */
  sleep: (milliseconds: number) => Promise<void>
}

/** A clock that begins at the given moment, 2026-01-01 when none is given. */
export const fixedClock = (start: number | string | Date = '2026-01-01T00:00:00.000Z'): FixedClock => {
  let now = new Date(start).getTime()
  if (Number.isNaN(now)) throw new TypeError(`${String(start)} is no moment; write it as 2026-01-01T00:00:00Z`)
  const advance = (milliseconds: number) => void (now += milliseconds)
  return { now: () => now, advance, sleep: (milliseconds) => Promise.resolve(advance(milliseconds)) }
}
