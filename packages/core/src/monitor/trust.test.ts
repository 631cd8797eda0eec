import fc from 'fast-check'
import { expect, test } from 'vitest'
import { outcomes } from './regression-test.ts'
import { healthOf, trustOf } from './trust.ts'

const times = (count: number, outcome: (typeof outcomes)[number]) => Array.from({ length: count }, () => ({ outcome }))

test('trust starts at 95', () => {
  expect(trustOf([]).trust).toBe(95)
})

test('the interval of the prior is that of Beta(0.5, 9.5)', () => {
  const { low, high } = trustOf([])
  // scipy.stats.beta.ppf([.05, .95], .5, 9.5) = [0.000208, 0.183…]
  expect(high).toBeCloseTo(99.979, 2)
  expect(low).toBeGreaterThan(81)
  expect(low).toBeLessThan(82.5)
})

test('a flip weighs 0.95 less with each execution of age', () => {
  const older = trustOf([...times(3, 'pass'), { outcome: 'flaky' }]).trust
  const weights = [1, 0.95, 0.9025, 0.857375]
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  expect(older).toBeCloseTo(100 * (1 - (0.5 + weights[3]!) / (10 + total)), 10)
})

test('trust lies within its interval, and a flip more never raises it', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...outcomes), { maxLength: 50 }), (ended) => {
      const history = ended.map((outcome) => ({ outcome }))
      const { trust, low, high } = trustOf(history)
      expect(low).toBeGreaterThanOrEqual(0)
      expect(high).toBeLessThanOrEqual(100)
      expect(low).toBeLessThan(high)
      expect(trust).toBeGreaterThan(low)
      expect(trust).toBeLessThan(high)
      expect(trustOf([{ outcome: 'flaky' }, ...history]).trust).toBeLessThanOrEqual(
        trustOf([{ outcome: 'pass' }, ...history]).trust,
      )
    }),
  )
})

test.each([
  [3, 44],
  [10, 72],
  [20, 84],
  [35, 90],
  [80, 90],
])('%i passes of as many are a health of %i', (count, health) => {
  expect(Math.round(healthOf(times(count, 'pass')).health)).toBe(health)
})

test('health counts what settled and nothing else', () => {
  expect(healthOf([...times(5, 'error'), ...times(3, 'pass'), ...times(2, 'infrastructure')])).toEqual(
    healthOf(times(3, 'pass')),
  )
  expect(healthOf([])).toEqual({ health: 0, executions: 0 })
  expect(healthOf(times(10, 'fail')).health).toBe(0)
})
