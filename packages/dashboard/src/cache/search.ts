import { cacheEntryStates, cacheSorts } from '@assay/core'
import { oneOf, searchReader, textUpTo } from '../app/address.ts'
import { timeRanges, type TimeRange } from '../value/range.ts'

export const cacheOrders = cacheSorts
export const entryStates = cacheEntryStates

/** The period, filters and order of the kept answers, as they stand in the address. */
export type CacheSearch = {
  range: TimeRange
  sort: (typeof cacheOrders)[number]
  /** Turns the order round: the worst first. */
  order: 'desc' | 'asc'
  state?: (typeof entryStates)[number] | undefined
  model?: string | undefined
  text?: string | undefined
}

export const cacheSearch = searchReader<CacheSearch>(
  {
    range: oneOf(timeRanges),
    sort: oneOf(cacheOrders),
    order: oneOf(['desc', 'asc'] as const),
    state: oneOf(entryStates),
    model: textUpTo(256),
    text: textUpTo(200),
  },
  { range: '24h', sort: 'saved', order: 'desc' },
)
