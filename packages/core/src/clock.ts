import { z } from 'zod'

/** A moment as ISO 8601 in UTC with milliseconds: how times travel in JSON, in the database rows and in code. */
export const Timestamp = z.iso.datetime()
export type Timestamp = z.infer<typeof Timestamp>

/** Unix milliseconds as a `Timestamp`. */
export const timestamp = (milliseconds: number): Timestamp => {
  if (!Number.isInteger(milliseconds)) return new Date(milliseconds).toISOString()
  const second = Math.floor(milliseconds / SECOND_MS)
  // Most times that are told lie within one second, and writing a date out costs more than all the rest here.
  if (second !== latest.second) latest = { second, text: new Date(second * SECOND_MS).toISOString().slice(0, -4) }
  return `${latest.text}${String(milliseconds - second * SECOND_MS).padStart(3, '0')}Z`
}

/** The second that was told last, up to its fraction. */
let latest = { second: Number.NaN, text: '' }

export const SECOND_MS = 1_000
export const MINUTE_MS = 60 * SECOND_MS
export const HOUR_MS = 60 * MINUTE_MS
export const DAY_MS = 24 * HOUR_MS
