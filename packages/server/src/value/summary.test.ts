import type { UsageHour } from '@assay/store'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { periodOf, summarise } from './summary.ts'

const now = Date.parse('2026-03-10T14:25:00.000Z')

const hour = (at: string, row: Partial<UsageHour> = {}): UsageHour => ({
  hour: at,
  providerName: 'sim',
  model: 'fast',
  requests: 10,
  failed: 1,
  inputTokens: 100,
  outputTokens: 50,
  cacheHits: 0,
  cacheMisses: 0,
  cacheSavedNanoUsd: 0,
  cacheSavedMs: 0,
  costNanoUsd: 1_000,
  baselineCostNanoUsd: 1_400,
  savingNanoUsd: 400,
  routedSavingNanoUsd: 300,
  pinnedSavingNanoUsd: 100,
  cachedSavingNanoUsd: 0,
  unpriced: 0,
  latencyMsSum: 900,
  completed: 9,
  ...row,
})

test('each card has its figure, the one before and its course', () => {
  const rows = [hour('2026-03-10T14:00:00.000Z'), hour('2026-03-10T13:00:00.000Z', { requests: 30, failed: 0 })]
  const summary = summarise(rows, periodOf({ now, hours: 1 }))
  expect(summary).toMatchObject({
    from: '2026-03-10T14:00:00.000Z',
    to: '2026-03-10T15:00:00.000Z',
    requests: { value: 10, previous: 30, points: [['2026-03-10T14:00:00.000Z', 10]] },
    errorRate: { value: 0.1, previous: 0 },
    latencyMs: { value: 100, previous: 100 },
    savingNanoUsd: { value: 400 },
    savings: { routed: { value: 300, previous: 300 }, pinned: { value: 100 }, cached: { value: 0 } },
  })
})

test('an hour without requests is zero for a sum and nothing for a mean', () => {
  const summary = summarise([hour('2026-03-10T12:00:00.000Z')], periodOf({ now, hours: 3 }))
  expect(summary.requests.points.map(([, value]) => value)).toEqual([10, 0, 0])
  expect(summary.latencyMs.points.map(([, value]) => value)).toEqual([100, null, null])
  expect(summary.requests.previous).toBeNull()
})

test('over three days the course is by day', () => {
  expect(summarise([], periodOf({ now, hours: 72 })).requests.points).toHaveLength(72)
  expect(summarise([], periodOf({ now, hours: 30 * 24 })).requests.points.length).toBeLessThanOrEqual(31)
})

test('the course of a sum adds up to its figure', () => {
  const rows = fc.array(
    fc
      .record({ back: fc.integer({ min: 0, max: 239 }), requests: fc.nat(1_000) })
      .map(({ back, requests }) =>
        hour(new Date(Date.parse('2026-03-10T14:00:00.000Z') - back * 3_600_000).toISOString(), { requests }),
      ),
    { maxLength: 50 },
  )
  fc.assert(
    fc.property(rows, fc.integer({ min: 1, max: 120 }), (given, hours) => {
      const { requests } = summarise(given, periodOf({ now, hours }))
      expect(requests.points.reduce((sum, [, value]) => sum + (value ?? 0), 0)).toBe(requests.value)
    }),
  )
})
