import fc from 'fast-check'
import { expect, test } from 'vitest'
import { seededRandom } from '../monitor/seeded-random.ts'
import { fisherExact, holm, mcNemar, pairedBootstrap, passAtK, passHatK, wilsonInterval } from './statistics.ts'

const choose = (n: number, k: number): number => {
  let ways = 1
  for (let i = 1; i <= k; i++) ways = (ways * (n - k + i)) / i
  return k < 0 || k > n ? 0 : ways
}

test('pass@k and pass^k are the shares of all choices of k repeats', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 30 }).chain((total) =>
        fc.record({
          total: fc.constant(total),
          passes: fc.integer({ min: 0, max: total }),
          k: fc.integer({ min: 1, max: total }),
        }),
      ),
      ({ passes, total, k }) => {
        expect(passAtK({ passes, total, k })).toBeCloseTo(1 - choose(total - passes, k) / choose(total, k), 9)
        expect(passHatK({ passes, total, k })).toBeCloseTo(choose(passes, k) / choose(total, k), 9)
      },
    ),
  )
})

test('Wilson: published values, and the rate always lies inside', () => {
  // Newcombe 1998, table I: 81 of 263.
  expect(wilsonInterval(81, 263).low).toBeCloseTo(0.2553, 4)
  expect(wilsonInterval(81, 263).high).toBeCloseTo(0.3662, 4)
  expect(wilsonInterval(0, 10)).toMatchObject({ low: 0, high: expect.closeTo(0.2775, 4) as number })
  expect(wilsonInterval(0, 0)).toEqual({ low: 0, high: 1 })
  fc.assert(
    fc.property(fc.nat(1_000), fc.nat(1_000), (passes, failures) => {
      fc.pre(passes + failures > 0)
      const { low, high } = wilsonInterval(passes, passes + failures)
      const rate = passes / (passes + failures)
      expect(low).toBeLessThanOrEqual(rate + 1e-9)
      expect(high).toBeGreaterThanOrEqual(rate - 1e-9)
    }),
  )
})

test('McNemar: exact values, either way round, and five against none is never enough', () => {
  expect(mcNemar({ worse: 10, better: 0 })).toBeCloseTo(2 / 1_024, 10)
  expect(mcNemar({ worse: 8, better: 2 })).toBeCloseTo((2 * (1 + 10 + 45)) / 1_024, 10)
  expect(mcNemar({ worse: 0, better: 0 })).toBe(1)
  expect(mcNemar({ worse: 5, better: 0 })).toBeGreaterThan(0.05)
  expect(mcNemar({ worse: 6, better: 0 })).toBeLessThan(0.05)
  fc.assert(
    fc.property(fc.nat(400), fc.nat(400), (worse, better) => {
      const p = mcNemar({ worse, better })
      expect(p).toBe(mcNemar({ worse: better, better: worse }))
      expect(p >= 0 && p <= 1).toBe(true)
    }),
  )
})

test('Fisher: the tea tasting, and a table turned round says the same', () => {
  expect(fisherExact({ passes: 3, total: 4 }, { passes: 1, total: 4 })).toBeCloseTo(0.4857, 4)
  expect(fisherExact({ passes: 10, total: 10 }, { passes: 0, total: 10 })).toBeCloseTo(2 / choose(20, 10), 10)
  expect(fisherExact({ passes: 5, total: 5 }, { passes: 5, total: 5 })).toBe(1)
})

test('Holm never makes a value smaller, keeps their order and never passes 1', () => {
  expect(holm([0.01, 0.04, 0.03])).toEqual([expect.closeTo(0.03, 9), expect.closeTo(0.06, 9), expect.closeTo(0.06, 9)])
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 30 }), (values) => {
      const adjusted = holm(values)
      for (const [index, value] of values.entries()) {
        expect(adjusted[index]).toBeGreaterThanOrEqual(value)
        expect(adjusted[index]).toBeLessThanOrEqual(1)
      }
    }),
  )
})

test('the bootstrap interval holds the true mean about 95 times in 100, whether differences are rare, common or many', () => {
  const random = seededRandom(11)
  for (const { total, rate } of [
    { total: 60, rate: 0.5 },
    { total: 400, rate: 0.1 },
    { total: 8_000, rate: 1 },
  ]) {
    let held = 0
    const trials = total > 1_000 ? 200 : 60
    for (let trial = 0; trial < trials; trial++) {
      const differences = Array.from({ length: total }, () => (random() < rate ? random() - 0.3 : 0))
      const { low, high } = pairedBootstrap(differences, seededRandom(trial))
      if (low <= 0.2 * rate && high >= 0.2 * rate) held++
    }
    expect(held / trials).toBeGreaterThan(0.86)
  }
  expect(pairedBootstrap([0, 0, 0], random)).toEqual({ mean: 0, low: 0, high: 0 })
})
