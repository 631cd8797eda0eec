import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bucketOf, countDuration, percentileOf, sumCounts } from './histogram.ts'

const durations = fc.array(fc.double({ min: 1.3, max: 600_000, noNaN: true }), { minLength: 1, maxLength: 300 })

const countsOf = (all: readonly number[]): number[] => {
  const counts: number[] = []
  for (const duration of all) countDuration(counts, duration)
  return counts
}

test('a percentile is within a quarter of the duration that stands at its place', () => {
  fc.assert(
    fc.property(durations, fc.constantFrom(0.5, 0.95, 0.99), (all, share) => {
      const sorted = all.toSorted((a, b) => a - b)
      const exact = sorted[Math.max(0, Math.ceil(share * all.length) - 1)]!
      const told = percentileOf(countsOf(all), share)!
      expect(told / exact).toBeGreaterThan(1 / 1.2501)
      expect(told / exact).toBeLessThan(1.2501)
    }),
  )
})

test('counts of parts add up to the counts of the whole', () => {
  fc.assert(
    fc.property(durations, durations, (one, other) => {
      expect(sumCounts([countsOf(one), countsOf(other)])).toEqual(countsOf([...one, ...other]))
    }),
  )
})

test('what is shorter or longer than all buckets is counted all the same', () => {
  expect([bucketOf(0), bucketOf(1), bucketOf(1.2), bucketOf(1e9)]).toEqual([0, 0, 1, 60])
  expect(percentileOf([], 0.5)).toBeNull()
})
