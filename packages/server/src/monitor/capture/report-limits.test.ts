import { expect, test } from 'vitest'
import { createReportLimits } from './report-limits.ts'

test('a key has a hundred events at once and a hundred a second after that, each key its own', () => {
  let now = 1_000
  const limits = createReportLimits(() => now)
  expect(limits.take('a', 60).granted).toBe(60)
  expect(limits.take('a', 60)).toEqual({ granted: 40, retryAfterSeconds: 1 })
  expect(limits.take('a', 1).granted).toBe(0)
  expect(limits.take('b', 100).granted).toBe(100)
  now += 250
  expect(limits.take('a', 100).granted).toBe(25)
  now += 60_000
  expect(limits.take('a', 200).granted).toBe(100)
})

test('fifty events of a group in a second are kept whole, then every tenth, until the next second', () => {
  let now = 1_000
  const limits = createReportLimits(() => now)
  const kept = Array.from({ length: 100 }, () => limits.keepsBodies('group'))
  expect(kept.slice(0, 50).every(Boolean)).toBe(true)
  expect(kept.slice(50).filter(Boolean)).toHaveLength(5)
  expect(limits.keepsBodies('another')).toBe(true)
  now += 1_000
  expect(limits.keepsBodies('group')).toBe(true)
})
