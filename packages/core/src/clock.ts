import { z } from 'zod'

/** A moment as ISO 8601 in UTC with milliseconds: how times travel in JSON, in the database rows and in code. */
export const Timestamp = z.iso.datetime()
export type Timestamp = z.infer<typeof Timestamp>

/** Unix milliseconds as a `Timestamp`. */
export const timestamp = (milliseconds: number): Timestamp => new Date(milliseconds).toISOString()

export const SECOND_MS = 1_000
export const MINUTE_MS = 60 * SECOND_MS
export const HOUR_MS = 60 * MINUTE_MS
export const DAY_MS = 24 * HOUR_MS
