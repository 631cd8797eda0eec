import { expect, test } from 'vitest'
import { seededRandom } from '../monitor/seeded-random.ts'
import { parsePassAt, passAtVerdict, repeatsSummary, targetVerdict } from './repeats.ts'

test('3/5 is decided by the third pass or the third failure', () => {
  const passAt = parsePassAt('3/5')!
  expect(passAtVerdict(passAt, { passes: 2, total: 4 })).toBe('undecided')
  expect(passAtVerdict(passAt, { passes: 3, total: 3 })).toBe('passed')
  expect(passAtVerdict(passAt, { passes: 1, total: 4 })).toBe('failed')
  expect(['0/3', '4/3', '3', '1/2/3', '-1/2'].map(parsePassAt)).toEqual([null, null, null, null, null])
})

test('a sequential target is wrong about a bad case at most one time in twenty, and is soon sure of a good one', () => {
  const target = { good: 0.9, bad: 0.6 }
  const random = seededRandom(3)
  const decide = (rate: number) => {
    let passes = 0
    for (let total = 1; total <= 1_000; total++) {
      if (random() < rate) passes++
      const verdict = targetVerdict(target, { passes, total })
      if (verdict !== 'undecided') return { verdict, total }
    }
    return { verdict: 'undecided', total: 1_000 }
  }
  const bad = Array.from({ length: 500 }, () => decide(0.6))
  const good = Array.from({ length: 500 }, () => decide(0.9))
  expect(bad.filter(({ verdict }) => verdict === 'passed').length).toBeLessThanOrEqual(35)
  expect(good.filter(({ verdict }) => verdict === 'passed').length).toBeGreaterThanOrEqual(440)
  expect(good.reduce((sum, { total }) => sum + total, 0) / good.length).toBeLessThan(20)
})

test('the repeats of a case say its rate, how sure that is, and what k of them would do', () => {
  expect(repeatsSummary({ passes: 3, total: 5 })).toMatchObject({
    rate: 0.6,
    passAtK: { 1: expect.closeTo(0.6, 9) as number, 3: 1 },
    passHatK: { 2: expect.closeTo(0.3, 9) as number, 5: 0 },
  })
})
