import { createHash } from 'node:crypto'
import { MINUTE_MS, timestamp } from '@assay/core'
import { nextTime, type Due } from './next-times.ts'

const SPREAD_MS = 5 * MINUTE_MS

/** What decides when a schedule is due. Only the one that every workspace has is spread. */
export type Timed = Due & { workspaceId: string; isDefault: boolean }

/** When a schedule is due next, after the given time; null when never. */
export const nextDue = (schedule: Timed, after: number): string | null => {
  const spreadMs = spreadOf(schedule)
  const next = nextTime(schedule, after - spreadMs)
  return next === null ? null : timestamp(next + spreadMs)
}

/** The next few times at which it is due. */
export const nextDues = (schedule: Timed, { after, count }: { after: number; count: number }): string[] => {
  const times: string[] = []
  for (let from = after; times.length < count;) {
    const next = nextDue(schedule, from)
    if (next === null) break
    times.push(next)
    from = Date.parse(next)
  }
  return times
}

/** So many are counted; then it is often enough. */
const MOST_COUNTED = 1_000

/** How often a line was due in a span of time whose beginning is one of these times. */
export const timesBetween = (due: Due, { from, to }: { from: string; to: number }): number => {
  let count = 1
  let at: number | null = Date.parse(from)
  while (count < MOST_COUNTED) {
    at = nextTime(due, at)
    if (at === null || at > to) break
    count++
  }
  return count
}

/** The same few minutes for one workspace, so that not all of them start at once. */
const spreadOf = ({ workspaceId, isDefault }: Pick<Timed, 'workspaceId' | 'isDefault'>): number =>
  isDefault ? createHash('sha256').update(workspaceId).digest().readUInt32BE(0) % SPREAD_MS : 0
