import { z } from 'zod'
import { DAY_MS, HOUR_MS, MINUTE_MS, Timestamp } from '../clock.ts'

const unitMs: Record<string, number> = { m: MINUTE_MS, h: HOUR_MS, d: DAY_MS, w: 7 * DAY_MS }

/** The beginning of a stretch of time: a moment, or how long ago it was, such as `7d` or `12h`. */
export const Since = z
  .union([Timestamp, z.string().regex(/^[1-9]\d{0,3}[mhdw]$/)], {
    error: 'is a time such as 2026-01-31T00:00:00Z, or how long ago, such as 30m, 12h, 7d or 2w',
  })
  .describe('A time, or how long ago: 30m, 12h, 7d, 2w.')

/** The moment that a `Since` means. */
export const sinceMs = (since: string, nowMs: number): number => {
  const unit = unitMs[since.at(-1) ?? '']
  return unit === undefined ? Date.parse(since) : nowMs - Number(since.slice(0, -1)) * unit
}
