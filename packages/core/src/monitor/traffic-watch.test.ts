import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DAY_MS, timestamp } from '../clock.ts'
import { NANO_USD_PER_USD } from '../money.ts'
import { countDuration } from '../value/histogram.ts'
import { judgeCost, judgeErrors, judgeLatency } from './traffic-watch.ts'

const today = '2026-11-20'
const dayAgo = (days: number): string => timestamp(Date.parse(today) - days * DAY_MS).slice(0, 10)
const dollars = (costs: Record<number, number>) =>
  new Map(Object.entries(costs).map(([days, usd]) => [dayAgo(Number(days)), usd * NANO_USD_PER_USD]))
const cost = (costs: Record<number, number>) => judgeCost({ today, costs: dollars(costs) })

test('a day is compared with its weekday, of which four weeks count', () => {
  expect(cost({ 0: 16, 7: 10, 14: 10, 21: 10, 28: 10, 1: 100, 2: 100 })).toMatchObject({
    state: 'high',
    found: { title: 'Today has cost $16.00 so far; this weekday usually costs $10.00' },
  })
  expect(cost({ 0: 15, 7: 10, 14: 10 }).state).toBe('fine')
  // Two silent Fridays after the first traffic are Fridays of $0.
  expect(cost({ 0: 6, 7: 0, 21: 10 })).toMatchObject({ state: 'high', found: { details: { daysCompared: 3 } } })
})

test('in the first week the days there are stand for the weekday; the very first day has nothing to compare with', () => {
  expect(cost({ 0: 4, 1: 2, 2: 2 })).toMatchObject({
    state: 'high',
    found: { title: 'Today has cost $4.00 so far; a day usually costs $2.00' },
  })
  expect(cost({ 0: 4 }).state).toBe('unknown')
})

test('nobody is told of less than a dollar, nor of a day that costs no more than one and a half times the usual', () => {
  const usd = fc.integer({ min: 0, max: 10_000 * NANO_USD_PER_USD })
  fc.assert(
    fc.property(usd, fc.array(usd, { minLength: 4, maxLength: 4 }), (spent, weeks) => {
      const costs = new Map(weeks.map((each, week) => [dayAgo((week + 1) * 7), each]))
      costs.set(today, spent)
      const mean = weeks.reduce((sum, each) => sum + each, 0) / 4
      const isHigh = spent >= NANO_USD_PER_USD && spent > 1.5 * Math.round(mean)
      expect(judgeCost({ today, costs }).state).toBe(isHigh ? 'high' : 'fine')
    }),
  )
})

test('errors are high from more than one in twenty of at least twenty on, and over when none fails', () => {
  expect(judgeErrors({ requests: 20, failed: 1 }).state).toBe('fine')
  expect(judgeErrors({ requests: 20, failed: 2 })).toMatchObject({
    state: 'high',
    found: { severity: 'warning', title: '10 % of the last 20 requests failed within 10 minutes' },
  })
  expect(judgeErrors({ requests: 100, failed: 60 })).toMatchObject({ found: { severity: 'critical' } })
  expect(judgeErrors({ requests: 19, failed: 19 }).state).toBe('unknown')
  expect(judgeErrors({ requests: 0, failed: 0 }).state).toBe('fine')
})

test('more failures never make errors look better', () => {
  const rank = { fine: 0, unknown: 0, high: 1 }
  fc.assert(
    fc.property(fc.integer({ min: 20, max: 1_000 }), fc.nat(1_000), fc.nat(1_000), (requests, one, other) => {
      const [fewer, more] = [Math.min(one, other), Math.max(one, other)].map((failed) => Math.min(failed, requests))
      expect(rank[judgeErrors({ requests, failed: fewer! }).state]).toBeLessThanOrEqual(
        rank[judgeErrors({ requests, failed: more! }).state],
      )
    }),
  )
})

const counts = (milliseconds: number, times: number): number[] => {
  const made: number[] = []
  for (let time = 0; time < times; time++) countDuration(made, milliseconds)
  return made
}

test('a model is slow when an hour takes twice as long as the week before', () => {
  const before = counts(500, 200)
  const judge = (hour: number[], week = before) => judgeLatency({ model: 'openai/gpt-4o', hour, before: week })
  expect(judge(counts(1_500, 30))).toMatchObject({ state: 'high', found: { details: { answers: 30 } } })
  expect(judge(counts(600, 30)).state).toBe('fine')
  expect(judge(counts(1_500, 19)).state).toBe('unknown')
  expect(judge(counts(1_500, 30), counts(500, 99)).state).toBe('unknown')
  expect(judge([]).state).toBe('fine')
})

test('an hour like the week before is never slow', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60_000 }), fc.integer({ min: 20, max: 200 }), (latencyMs, times) => {
      const [hour, before] = [counts(latencyMs, times), counts(latencyMs, times * 5)]
      expect(judgeLatency({ model: 'a/b', hour, before }).state).toBe('fine')
    }),
  )
})
