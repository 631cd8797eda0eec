import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HOUR_MS, timestamp } from '../clock.ts'
import { atLeast, isRateHigh } from './group-rate.ts'
import type { AlertedTest } from './monitor-alert.ts'
import { cusumOf, watchTest, type WatchedExecution } from './test-watch.ts'

const steps = { pass: 5, fail: -10, flaky: -10, error: 0, infrastructure: 0 }
type Outcome = keyof typeof steps

/** Runs a test through outcomes, one every six hours, and says what was told at each. */
const tell = (outcomes: readonly Outcome[], given: { confidence?: number; state?: AlertedTest['state'] } = {}) => {
  let confidence = given.confidence ?? 90
  const history: WatchedExecution[] = []
  const told: { raised: string[]; over: string[] }[] = []
  for (const [place, outcome] of outcomes.entries()) {
    const at = timestamp(Date.parse('2026-11-20T00:00:00Z') + place * 6 * HOUR_MS)
    const after = Math.min(100, Math.max(0, confidence + steps[outcome]))
    const of = (value: number): AlertedTest => ({
      id: '0199c3f2-77aa-7c41-9d55-0a3f0e6d1b2c',
      name: 'regression_type_error',
      kind: 'regression',
      state: given.state ?? 'active',
      stateReason: 'because',
      confidence: value,
      groupId: null,
      tags: [],
    })
    const seen = { outcome, at, confidence: after, version: 1 }
    history.unshift(seen)
    const execution = { ...seen, environment: 'production', verification: false, runId: 'run' } as const
    const { raised, over } = watchTest({ before: of(confidence), after: of(after), execution, history })
    told.push({ raised: raised.map(({ rule }) => rule), over })
    confidence = after
  }
  return told
}

test('a guarding test that fails is news, and so is its next pass', () => {
  const [first, second, third] = tell(['pass', 'fail', 'pass'])
  expect(first!.raised).toEqual([])
  expect(second!.raised).toEqual(['test.regressed'])
  expect(third!.over).toContain('test.regressed')
})

test('a test in quarantine, a run that could not be and one that failed as a whole are no regression', () => {
  expect(tell(['fail'], { state: 'flaky' })[0]!.raised).not.toContain('test.regressed')
  for (const { raised, over } of tell(['error', 'infrastructure'])) expect([...raised, ...over]).toEqual([])
})

test('confidence that falls below 80, 60 or 40 is news; so is one that loses 20 within a day', () => {
  const drops = (outcomes: readonly Outcome[], confidence: number) =>
    tell(outcomes, { confidence }).map(({ raised }) => raised.includes('confidence.dropped'))
  expect(drops(['fail'], 85)).toEqual([true])
  expect(drops(['fail'], 90)).toEqual([false])
  expect(drops(['fail', 'fail', 'fail'], 75)).toEqual([false, true, true])
  expect(drops(['pass', 'fail', 'fail'], 95)).toEqual([false, false, true])
  const [, back] = tell(['fail', 'pass'], { confidence: 80 })
  expect(back!.over).not.toContain('confidence.dropped')
  expect(tell(['fail', 'pass', 'pass'], { confidence: 80 })[2]!.over).toContain('confidence.dropped')
})

test('health drops after four fails in a row, not after one, and is well again after passes enough', () => {
  expect(tell(['fail'])[0]!.raised).not.toContain('health.dropped')
  expect(tell(['fail', 'fail', 'fail', 'fail'])[3]!.raised).toContain('health.dropped')
  const ended = tell([...Array<Outcome>(4).fill('fail'), ...Array<Outcome>(27).fill('pass')])
  expect(ended.findIndex(({ over }) => over.includes('health.dropped'))).toBe(30)
})

test('a product that passes 95 % of the time seldom rings, one that passes half of it does', () => {
  let seed = 7
  const random = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647
  const rings = (rate: number): number =>
    Array.from({ length: 400 }, () => {
      const outcomes = Array.from({ length: 40 }, () => ({ outcome: random() < rate ? 'pass' : 'fail' }) as const)
      return outcomes.some((_, from) => cusumOf(outcomes.slice(from)) >= 4.6)
    }).filter(Boolean).length / 400
  expect(rings(0.95)).toBeLessThan(0.1)
  expect(rings(0.5)).toBeGreaterThan(0.99)
})

test('more passes never make the evidence of sickness larger', () => {
  const outcome = fc.constantFrom<Outcome>('pass', 'fail', 'flaky', 'error')
  fc.assert(
    fc.property(fc.array(fc.record({ outcome })), (history) => {
      expect(cusumOf([{ outcome: 'pass' }, ...history])).toBeLessThanOrEqual(cusumOf(history))
    }),
  )
})

test('an hour is unusual by number, by factor and by chance', () => {
  expect(isRateHigh({ lastHour: 4, lastWeek: 0 })).toBe(false)
  expect(isRateHigh({ lastHour: 5, lastWeek: 0 })).toBe(true)
  expect(isRateHigh({ lastHour: 300, lastWeek: 168 * 100 })).toBe(false)
  expect(isRateHigh({ lastHour: 301, lastWeek: 168 * 100 })).toBe(true)
  // Over three times the usual hour, but that happens by chance.
  expect(isRateHigh({ lastHour: 5, lastWeek: 168 * 1.5 })).toBe(false)
  expect(atLeast(5, 1)).toBeCloseTo(0.003_66, 5)
  expect(atLeast(1, 0.5)).toBeCloseTo(1 - Math.exp(-0.5), 12)
  expect(atLeast(100_000, 1_000)).toBe(0)
})
