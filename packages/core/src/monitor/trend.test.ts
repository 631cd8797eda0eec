import { expect, test } from 'vitest'
import { seededRandom } from './seeded-random.ts'
import { mannWhitney, percentilesOf, slowdowns, speedChange, type Timed } from './trend.ts'

const timed = (durationMs: number, changes: Partial<Timed> = {}): Timed => ({
  at: '2026-01-01T00:00:00.000Z',
  outcome: 'pass',
  durationMs,
  ttftMs: null,
  inputTokens: 10,
  outputTokens: 5,
  costNanoUsd: null,
  ...changes,
})

test('the two-sided p is that of the tables', () => {
  // By hand: U = 50 of a mean of 200, variance 400 / 12 × (41 - 60 / 1560), so z = 149.5 / 36.951 = 4.046.
  const from = (start: number) => Array.from({ length: 20 }, (_, index) => start + index)
  expect(mannWhitney(from(1), from(11))).toBeCloseTo(0.000_052, 6)
  expect(mannWhitney(from(1), from(1))).toBeCloseTo(1, 6)
  expect(mannWhitney([3, 3, 3], [3, 3, 3])).toBe(1)
  expect(mannWhitney(from(1), from(100))).toBeLessThan(1e-6)
})

test('slower is half as much again and more than chance', () => {
  const random = seededRandom(5)
  const some = (count: number, around: number) =>
    Array.from({ length: count }, () => timed(around * (0.8 + 0.4 * random())))
  expect(speedChange(some(39, 100))).toBeNull()
  expect(speedChange([...some(20, 100), ...some(20, 160)])).toMatchObject({ isSlower: true })
  expect(speedChange([...some(20, 100), ...some(20, 130)])).toMatchObject({ isSlower: false })
  expect(speedChange([...some(20, 160), ...some(20, 100)])).toMatchObject({ isSlower: false })
  // What did not answer is as if it had not been.
  const failed = Array.from({ length: 20 }, () => timed(10_000, { outcome: 'error' }))
  expect(speedChange([...some(40, 100), ...failed])).toMatchObject({ isSlower: false })
})

test('without any change, hardly one series in a hundred is called slower', () => {
  const random = seededRandom(11)
  let slower = 0
  for (let trial = 0; trial < 1_000; trial++) {
    // Answers of models spread widely: the largest are several times the smallest.
    const series = Array.from({ length: 40 }, () => timed(Math.exp(1.2 * random())))
    if (speedChange(series)?.isSlower) slower++
  }
  expect(slower).toBeLessThanOrEqual(10)
})

test('a slowdown is marked where it is first seen, once', () => {
  const series = [
    ...Array.from({ length: 30 }, (_, index) => timed(100 + (index % 5))),
    ...Array.from({ length: 25 }, (_, index) => timed(200 + (index % 5))),
  ]
  const [place, ...more] = slowdowns(series)
  expect(more).toEqual([])
  expect(place).toBeGreaterThan(38)
  expect(place).toBeLessThan(46)
})

test('figures that nobody measured have no percentiles', () => {
  const { durationMs, ttftMs, inputTokens } = percentilesOf([
    timed(1),
    timed(2),
    timed(3),
    timed(100, { outcome: 'error' }),
  ])
  expect(durationMs).toEqual({ p50: 2, p95: 2.9, count: 3 })
  expect(ttftMs).toBeNull()
  expect(inputTokens?.p50).toBe(10)
})
