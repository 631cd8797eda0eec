import fc from 'fast-check'
import { expect, test } from 'vitest'
import { confidenceBand, isInfrastructure, judge, type Outcome } from './confidence.ts'
import { newRegressionTest, outcomes, type RegressionTest } from './regression-test.ts'

const at = '2026-11-21T12:00:00.000Z'
const draft: RegressionTest = {
  ...newRegressionTest({
    id: '0199c3f2-77aa-7c41-9d55-0a3f0e6d1b2c',
    name: 'regression_type_error',
    kind: 'regression',
    origin: 'failure',
    target: { kind: 'model', model: 'sim/echo' },
    request: { model: 'sim/echo', messages: [{ role: 'user', content: 'hello' }] },
    expected: { shouldNotFail: true },
    createdAt: at,
  }),
  groupId: null,
}
const active: RegressionTest = { ...draft, state: 'active', redAt: at, greenAt: at }

/** Judges one after the other, each with the scored history before it. */
const after = (start: RegressionTest, ended: Outcome[], isAsRecorded = true): RegressionTest => {
  const history: { outcome: Outcome; at: string }[] = []
  return ended.reduce((test, outcome, index) => {
    const time = new Date(Date.parse(at) + index * 3_600_000).toISOString()
    const judged = judge(test, outcome, { at: time, history: [...history], isAsRecorded })
    history.unshift({ outcome, at: time })
    return judged
  }, start)
}

test('red, then green twice in a row, makes a test active without moving its score', () => {
  const red = after(draft, ['fail'])
  expect(red).toMatchObject({ state: 'red', redAt: at, confidence: 75, runs: 1, fails: 0 })
  expect(after(draft, ['fail', 'pass']).state).toBe('red')
  expect(after(draft, ['fail', 'pass', 'fail', 'pass']).state).toBe('red')
  expect(after(draft, ['fail', 'pass', 'fail', 'pass', 'pass'])).toMatchObject({ state: 'active', confidence: 75 })
})

test('a test that passes twice and was never red is unconfirmed, until it is seen red', () => {
  expect(after(draft, ['pass']).state).toBe('draft')
  expect(after(draft, ['pass', 'pass'])).toMatchObject({ state: 'unconfirmed', confidence: 75 })
  expect(after(draft, ['pass', 'pass', 'pass']).state).toBe('unconfirmed')
  expect(after(draft, ['pass', 'pass', 'fail']).state).toBe('red')
})

test('a failure that is not the recorded one makes no draft red, and a pass after it is the first', () => {
  for (const start of [draft, after(draft, ['pass', 'pass'])]) {
    expect(after(start, ['fail', 'fail'], false)).toMatchObject({ state: start.state, redAt: null })
  }
  expect(after(draft, ['fail', 'pass'], false)).toMatchObject({ state: 'draft' })
  const red = after(draft, ['fail'])
  expect(after(after(red, ['pass', 'fail'], false), ['pass'])).toMatchObject({ state: 'red', redAt: at })
})

test('a flaky end is not red, and breaks the row of passes', () => {
  expect(after(draft, ['flaky', 'flaky'])).toMatchObject({ state: 'draft', redAt: null })
  expect(after(draft, ['fail', 'pass', 'flaky', 'pass']).state).toBe('red')
  expect(after(draft, ['pass', 'pass', 'flaky']).state).toBe('unconfirmed')
})

test('an execution that could not run, and one of an infrastructure run, change nothing but the count', () => {
  for (const outcome of ['error', 'infrastructure'] as const) {
    for (const test of [draft, active]) {
      expect(judge(test, outcome, { at })).toEqual({ ...test, runs: 1, lastRunAt: at })
    }
  }
})

test('a pass adds 5, a fail and a flaky end take 10', () => {
  expect(after(active, ['pass'])).toMatchObject({ confidence: 80, passes: 1, fails: 0 })
  expect(after(active, ['fail'])).toMatchObject({ confidence: 65, passes: 0, fails: 1 })
  expect(after(active, ['flaky'])).toMatchObject({ confidence: 65, passes: 0, fails: 0 })
})

test('three executions failing on every rerun break a test, and a pass mends it', () => {
  expect(after(active, ['fail', 'fail']).state).toBe('active')
  expect(after(active, ['fail', 'fail', 'fail']).state).toBe('broken')
  expect(after(active, ['fail', 'fail', 'fail', 'flaky']).state).toBe('broken')
  expect(after(active, ['fail', 'fail', 'fail', 'pass']).state).toBe('active')
  expect(after(active, ['fail', 'pass', 'fail', 'fail']).state).toBe('active')
})

test('a test that flips twice in few executions is put in quarantine and leaves it after 20 calm ones', () => {
  const flaky = after(active, ['pass', 'flaky', 'pass', 'flaky'])
  expect(flaky.state).toBe('flaky')
  const calm = (count: number): Outcome[] => Array.from({ length: count }, () => 'pass')
  expect(after(active, ['pass', 'flaky', 'pass', 'flaky', ...calm(19)]).state).toBe('flaky')
  expect(after(active, ['pass', 'flaky', 'pass', 'flaky', ...calm(20)]).state).toBe('active')
})

test('whatever happens, confidence is an integer between 0 and 100', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...outcomes), { maxLength: 60 }), (ended) => {
      const { confidence } = ended.reduce((test, outcome) => judge(test, outcome, { at }), active)
      expect(Number.isInteger(confidence)).toBe(true)
      expect(confidence).toBeGreaterThanOrEqual(0)
      expect(confidence).toBeLessThanOrEqual(100)
    }),
  )
})

test('one pass more never gives less confidence than one fail more', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...outcomes), { maxLength: 40 }), (ended) => {
      const test = ended.reduce((judged, outcome) => judge(judged, outcome, { at }), active)
      const [passed, failed] = [judge(test, 'pass', { at }), judge(test, 'fail', { at })]
      expect(passed.confidence).toBeGreaterThanOrEqual(failed.confidence)
    }),
  )
})

test('a retired test is never scored', () => {
  expect(judge({ ...active, state: 'retired' }, 'fail', { at })).toMatchObject({ state: 'retired', confidence: 75 })
})

test.each([
  [0, 'unreliable'],
  [39, 'unreliable'],
  [40, 'moderate'],
  [59, 'moderate'],
  [60, 'reliable'],
  [79, 'reliable'],
  [80, 'highly reliable'],
  [100, 'highly reliable'],
])('confidence %i is %s', (confidence, name) => {
  expect(confidenceBand(confidence).name).toBe(name)
})

test('four of five failing tests score, five of five are infrastructure; four of four are too few to say', () => {
  expect(isInfrastructure(['fail', 'fail', 'fail', 'fail', 'pass'])).toBe(false)
  expect(isInfrastructure(['fail', 'fail', 'fail', 'fail', 'fail'])).toBe(true)
  expect(isInfrastructure(['fail', 'error', 'fail', 'error', 'fail'])).toBe(true)
  expect(isInfrastructure(['fail', 'fail', 'fail', 'fail'])).toBe(false)
  expect(isInfrastructure([])).toBe(false)
})
