import { DAY_MS, timestamp } from '../clock.ts'
import { formatUsd, NANO_USD_PER_USD } from '../money.ts'
import { percentileOf } from '../value/histogram.ts'
import type { Alert } from './alert.ts'

/** What the figures say: that somebody should look, that all is as usual, or that there are too few to tell. */
export type Judgement =
  | { state: 'high'; found: Pick<Alert, 'severity' | 'title' | 'details'> }
  | { state: 'fine' | 'unknown' }

const fine: Judgement = { state: 'fine' }
const unknown: Judgement = { state: 'unknown' }

/** So much a day costs at least before anybody is told. */
const LEAST_COST_NANO_USD = NANO_USD_PER_USD
const HIGH_COST_FACTOR = 1.5
const WEEKS_BACK = 4

/** For so many days before today the costs are wanted. */
export const COST_DAYS_BACK = WEEKS_BACK * 7

/**
 * The cost of a day against what its weekday usually costs: the mean of the same weekday in four weeks, or while there
 * is none yet, of the days there are in the last seven. Days before the first traffic do not count.
 */
export const judgeCost = (said: { today: string; costs: ReadonlyMap<string, number> }): Judgement => {
  const { today, costs } = said
  const cost = costs.get(today) ?? 0
  if (cost < LEAST_COST_NANO_USD) return fine
  const first = [...costs.keys()].toSorted()[0] ?? today
  const daysAgo = (days: number): string => timestamp(Date.parse(today) - days * DAY_MS).slice(0, 10)
  const costsOf = (days: readonly number[]): number[] =>
    days
      .map(daysAgo)
      .filter((day) => day >= first && day < today)
      .map((day) => costs.get(day) ?? 0)
  const weekdays = costsOf(Array.from({ length: WEEKS_BACK }, (_, week) => (week + 1) * 7))
  const compared = weekdays.length > 0 ? weekdays : costsOf([1, 2, 3, 4, 5, 6, 7])
  if (compared.length === 0) return unknown
  const usual = Math.round(compared.reduce((sum, each) => sum + each, 0) / compared.length)
  if (cost <= HIGH_COST_FACTOR * usual) return fine
  const against = weekdays.length > 0 ? 'this weekday usually costs' : 'a day usually costs'
  return {
    state: 'high',
    found: {
      severity: 'warning',
      title: `Today has cost ${formatUsd(cost)} so far; ${against} ${formatUsd(usual)}`,
      details: { day: today, costNanoUsd: cost, usualNanoUsd: usual, daysCompared: compared.length },
    },
  }
}

/** The minutes that errors are counted over. */
export const ERROR_WINDOW_MINUTES = 10
const FEWEST_REQUESTS = 20
const HIGH_ERROR_SHARE = 0.05

/** How many of the last minutes' requests failed; those that their callers broke off count on neither side. */
export const judgeErrors = ({ requests, failed }: { requests: number; failed: number }): Judgement => {
  if (failed === 0) return fine
  if (requests < FEWEST_REQUESTS) return unknown
  const share = failed / requests
  if (share <= HIGH_ERROR_SHARE) return fine
  return {
    state: 'high',
    found: {
      severity: share >= 0.5 ? 'critical' : 'warning',
      title: `${percent(share)} of the last ${requests} requests failed within ${ERROR_WINDOW_MINUTES} minutes`,
      details: { requests, failed, errorShare: share, minutes: ERROR_WINDOW_MINUTES },
    },
  }
}

const FEWEST_IN_HOUR = 20
const FEWEST_BEFORE = 100
const HIGH_LATENCY_FACTOR = 2

/** The 95th percentile of a model's hour against that of the seven days before it; both as counts by bucket. */
export const judgeLatency = (said: {
  model: string
  hour: readonly number[]
  before: readonly number[]
}): Judgement => {
  const { model, hour, before } = said
  const [answers, earlier] = [countOf(hour), countOf(before)]
  if (answers === 0) return fine
  if (answers < FEWEST_IN_HOUR || earlier < FEWEST_BEFORE) return unknown
  const [p95Ms, usualP95Ms] = [Math.round(percentileOf(hour, 0.95)!), Math.round(percentileOf(before, 0.95)!)]
  if (p95Ms < HIGH_LATENCY_FACTOR * usualP95Ms) return fine
  return {
    state: 'high',
    found: {
      severity: 'warning',
      title: `${model} takes ${seconds(p95Ms)} for its slowest answers (p95); in the 7 days before it took ${seconds(usualP95Ms)}`,
      details: { model, p95Ms, usualP95Ms, answers },
    },
  }
}

const countOf = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0)

const percent = (share: number): string => `${Math.round(share * 1_000) / 10} %`

const seconds = (milliseconds: number): string =>
  milliseconds < 1_000 ? `${milliseconds} ms` : `${(milliseconds / 1_000).toFixed(1)} s`
