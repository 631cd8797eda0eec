import { DAY_MS, MINUTE_MS, SECOND_MS, timestamp } from '@assay/core'
import { Cron } from 'croner'

/** When something is due: a cron line as a clock on the wall of its zone reads it. */
export type Due = { cron: string; timeZone: string }

/** So many steps on the wall are tried: more lie in no hour that a clock repeats. */
const MOST_STEPS = 200

/**
 * The first moment after a given one; null when none ever comes, as for 30 February. What falls into an hour that the
 * clock skips is due once, at the end of it; what falls into one that is repeated is due the first time only.
 */
export const nextTime = ({ cron, timeZone }: Due, after: number): number | null => {
  // On the wall no hour is skipped or repeated, so the line is read there, as if the wall showed UTC.
  const line = new Cron(cron, { timezone: 'UTC', mode: '5-part' })
  let wall = wallAt(after, timeZone)
  for (let step = 0; step < MOST_STEPS; step++) {
    const next = line.nextRun(new Date(wall))
    if (next === null) return null
    wall = next.getTime()
    const moment = momentOf(wall, timeZone)
    if (moment > after) return moment
  }
  return null
}

/** The same, several in a row. */
export const nextTimes = (due: Due, { after, count }: { after: number; count: number }): string[] => {
  const times: string[] = []
  for (let from: number | null = after; times.length < count;) {
    from = nextTime(due, from)
    if (from === null) break
    times.push(timestamp(from))
  }
  return times
}

/** What the clock on the wall shows, as the UTC time that would show the same. */
const wallAt = (moment: number, timeZone: string): number => {
  if (timeZone === 'UTC') return moment
  const parts: Record<string, number> = {}
  for (const { type, value } of clockOf(timeZone).formatToParts(moment)) parts[type] = Number(value)
  const { year, month, day, hour, minute, second } = parts
  return Date.UTC(year!, month! - 1, day, hour, minute, second) + (((moment % SECOND_MS) + SECOND_MS) % SECOND_MS)
}

const clocks = new Map<string, Intl.DateTimeFormat>()
const MOST_CLOCKS = 200

const clockOf = (timeZone: string): Intl.DateTimeFormat => {
  const known = clocks.get(timeZone)
  if (known) return known
  const clock = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  if (clocks.size >= MOST_CLOCKS) clocks.clear()
  clocks.set(timeZone, clock)
  return clock
}

/** When the wall shows a time: the first such moment; where it never does, when the hour it skips is over. */
const momentOf = (wall: number, timeZone: string): number => {
  if (timeZone === 'UTC') return wall
  const offsetAt = (moment: number): number => wallAt(moment, timeZone) - moment
  const before = offsetAt(wall - DAY_MS)
  const after = offsetAt(wall + DAY_MS)
  const moments = [wall - before, wall - after].filter((moment) => wallAt(moment, timeZone) === wall)
  return moments.length > 0 ? Math.min(...moments) : changeBetween(wall - DAY_MS, wall + DAY_MS, offsetAt)
}

/** The moment at which the offset changes, to the minute. */
const changeBetween = (from: number, to: number, offsetAt: (moment: number) => number): number => {
  const old = offsetAt(from)
  let [low, high] = [Math.floor(from / MINUTE_MS), Math.ceil(to / MINUTE_MS)]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (offsetAt(middle * MINUTE_MS) === old) low = middle
    else high = middle
  }
  return high * MINUTE_MS
}
