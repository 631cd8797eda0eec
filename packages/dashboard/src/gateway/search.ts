import type { CacheState, Complexity, RequestFilter, RequestRecord } from '@assay/core'
import { oneOf, searchReader, textUpTo } from '../app/address.ts'

// Written out, because the lists of core come with its schemas, which a browser need not load.
export const requestStatuses = [
  'open',
  'completed',
  'failed',
  'cancelled',
  'incomplete',
] as const satisfies readonly RequestRecord['status'][]
export const complexities = ['simple', 'medium', 'complex'] as const satisfies readonly Complexity[]
export const cacheStates = ['hit', 'miss', 'bypass', 'off'] as const satisfies readonly CacheState[]

/** How far back the list looks; an age rather than a moment, so that a kept link stays of use. */
export const ages = ['1h', '24h', '7d', '30d'] as const
export type Age = (typeof ages)[number]

/** The filters of the request log, as they stand in the address. */
export type RequestSearch = {
  status?: RequestRecord['status'] | undefined
  provider?: string | undefined
  model?: string | undefined
  key?: string | undefined
  complexity?: Complexity | undefined
  cache?: CacheState | undefined
  errorCode?: string | undefined
  tag?: string | undefined
  conversation?: string | undefined
  text?: string | undefined
  age?: Age | undefined
  /** Moments, where an age does not do; they go before it. */
  since?: string | undefined
  until?: string | undefined
}

const moment = (text: string): string | undefined => {
  const time = Date.parse(text)
  return Number.isNaN(time) ? undefined : new Date(time).toISOString()
}

const id = (text: string): string | undefined =>
  /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text) ? text : undefined

export const requestSearch = searchReader<RequestSearch>({
  status: oneOf(requestStatuses),
  provider: textUpTo(64),
  model: textUpTo(256),
  key: id,
  complexity: oneOf(complexities),
  cache: oneOf(cacheStates),
  errorCode: textUpTo(100),
  tag: textUpTo(130),
  conversation: textUpTo(200),
  text: textUpTo(200),
  age: oneOf(ages),
  since: moment,
  until: moment,
})

/** What the address asks for in the words of the API. */
export const filterOf = ({ age, ...search }: RequestSearch, now: number): RequestFilter => {
  const given = { ...search, since: search.since ?? sinceOf(age, now) }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}

const HOUR_MS = 3_600_000
const ageMs: Record<Age, number> = { '1h': HOUR_MS, '24h': 24 * HOUR_MS, '7d': 168 * HOUR_MS, '30d': 720 * HOUR_MS }
const STEP_MS = 10 * 60_000

/** The moment an age begins at, in whole steps so that the same question is asked for a while. */
export const sinceOf = (age: Age | undefined, now: number): string | undefined =>
  age === undefined ? undefined : new Date(Math.floor((now - ageMs[age]) / STEP_MS) * STEP_MS).toISOString()
