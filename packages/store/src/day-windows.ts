import { DAY_MS } from '@assay/core'
import type { Partitions } from './scope.ts'

/** Days to look through at once; null stands for no bound on that side. */
export type DayWindow = { from: string | null; to: string | null }

/** A window that was quick is followed by one twice as long. */
const QUICK_MS = 100

/**
 * Goes back through the days of the request log, few at first and more as it finds little, so that the newest rows cost
 * one partition and the oldest not one query a day. The first window has no end and the last no beginning.
 */
export const dayWindows = (
  { known, made }: Pick<Partitions, 'known' | 'made'>,
  { newest, oldest }: { newest?: string | undefined; oldest?: string | undefined },
): ((tookMs: number) => DayWindow | null) => {
  const days = [...known, ...made].flatMap((name) => dayOfPartition(name) ?? []).toSorted()
  const last = oldest === undefined ? days[0] : oldest.slice(0, 10)
  let to: string | null = newest === undefined ? null : newest.slice(0, 10)
  let from = earlierOf(to ?? days.at(-1), days.at(-1))
  let length = 1
  let isOver = false
  return (tookMs) => {
    if (isOver) return null
    if (from === undefined || last === undefined || from <= last) {
      isOver = true
      return { from: null, to }
    }
    const window = { from, to }
    if (tookMs < QUICK_MS) length *= 2
    to = dayBefore(from, 1)
    from = dayBefore(from, length)
    return window
  }
}

const dayOfPartition = (name: string): string | null => {
  const [, year, month, day] = /^requests_(\d{4})(\d{2})(\d{2})$/.exec(name) ?? []
  return year === undefined ? null : `${year}-${month}-${day}`
}

const earlierOf = (one: string | undefined, other: string | undefined): string | undefined =>
  one !== undefined && other !== undefined && other < one ? other : one

const dayBefore = (day: string, days: number): string =>
  new Date(Date.parse(day) - days * DAY_MS).toISOString().slice(0, 10)
