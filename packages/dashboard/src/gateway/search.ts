import type { RequestRecord } from '@assay/core'
import { oneOf, searchReader, textUpTo } from '../app/address.ts'

export const requestStatuses = [
  'open',
  'completed',
  'failed',
  'cancelled',
  'incomplete',
] as const satisfies readonly RequestRecord['status'][]

/** How far back the list looks; an age rather than a moment, so that a kept link stays of use. */
export const ages = ['1h', '24h', '7d'] as const
export type Age = (typeof ages)[number]

/** The filters of the request log, as they stand in the address. */
export type RequestSearch = {
  status?: RequestRecord['status'] | undefined
  provider?: string | undefined
  model?: string | undefined
  text?: string | undefined
  age?: Age | undefined
}

export const requestSearch = searchReader<RequestSearch>({
  status: oneOf(requestStatuses),
  provider: textUpTo(64),
  model: textUpTo(256),
  text: textUpTo(200),
  age: oneOf(ages),
})

const HOUR_MS = 3_600_000
const ageMs: Record<Age, number> = { '1h': HOUR_MS, '24h': 24 * HOUR_MS, '7d': 168 * HOUR_MS }
const STEP_MS = 10 * 60_000

/** The moment an age begins at, in whole steps so that the same question is asked for a while. */
export const sinceOf = (age: Age | undefined, now: number): string | undefined =>
  age === undefined ? undefined : new Date(Math.floor((now - ageMs[age]) / STEP_MS) * STEP_MS).toISOString()
