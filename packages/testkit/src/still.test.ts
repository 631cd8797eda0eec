import { expect, test } from 'vitest'
import { caseOf, completionOf, createRandom, fixedClock, resultOf, suiteOf } from './index.ts'

test('a clock stands still until it is moved', async () => {
  const clock = fixedClock('2026-03-01T12:00:00Z')
  expect(new Date(clock.now()).toISOString()).toBe('2026-03-01T12:00:00.000Z')
  clock.advance(1_500)
  await clock.sleep(500)
  expect(clock.now() - Date.parse('2026-03-01T12:00:00Z')).toBe(2_000)
  expect(() => fixedClock('yesterday')).toThrow('yesterday is no moment')
})

test('one seed, one chance', () => {
  const draws = (seed: number) => {
    const random = createRandom(seed)
    return [
      random.next(),
      random.between(1, 6),
      random.pick(['a', 'b', 'c']),
      random.shuffle([1, 2, 3, 4, 5]),
      [...random.bytes(4)],
    ]
  }
  expect(draws(7)).toEqual(draws(7))
  expect(draws(7)).not.toEqual(draws(8))
  expect(
    createRandom(3)
      .shuffle([1, 2, 3, 4])
      .toSorted((a, b) => a - b),
  ).toEqual([1, 2, 3, 4])
})

test('things to test with are whole, and what is named in them is as named', () => {
  expect(suiteOf({ repeat: 3 })).toMatchObject({ repeat: 3, tests: [{ input: 'Where is Ada?' }] })
  expect(caseOf({ vars: { a: 1 } }).vars).toEqual({ a: 1 })
  expect(resultOf({ status: 'failed', score: 0 })).toMatchObject({ status: 'failed', score: 0, model: 'sim/echo' })
  expect(completionOf({ text: 'x' }).text).toBe('x')
  expect(() => caseOf({ kind: 'smok' as 'smoke' })).toThrow(/kind/)
})
