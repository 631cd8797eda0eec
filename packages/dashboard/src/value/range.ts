import { oneOf, searchReader } from '../app/address.ts'

/** The periods of the overview, each up to now. */
export const timeRanges = ['24h', '7d', '30d'] as const
export type TimeRange = (typeof timeRanges)[number]

export const hoursOf: Record<TimeRange, number> = { '24h': 24, '7d': 168, '30d': 720 }

export type OverviewSearch = { range: TimeRange }
export const overviewSearch = searchReader<OverviewSearch>({ range: oneOf(timeRanges) }, { range: '24h' })
