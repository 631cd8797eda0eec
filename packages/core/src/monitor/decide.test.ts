import { expect, test } from 'vitest'
import { decide, ruleOf, type AttemptRule, type Tried } from './decide.ts'

const rerun: AttemptRule = { passAt: null, reruns: 3, rounds: 1 }
const of = (rule: AttemptRule, ...tried: Tried[]) => decide(rule, tried)

test('one pass decides; a failure is repeated until it passes, which is a flake, or the reruns are over', () => {
  expect(of(rerun, 'passed')).toEqual({ outcome: 'pass', passes: 1 })
  expect(of(rerun, 'failed')).toBeNull()
  expect(of(rerun, 'failed', 'passed')).toMatchObject({ outcome: 'flaky' })
  expect(of(rerun, 'failed', 'failed', 'failed')).toBeNull()
  expect(of(rerun, 'failed', 'failed', 'failed', 'failed')).toMatchObject({ outcome: 'fail' })
  expect(of({ ...rerun, reruns: 0 }, 'failed')).toMatchObject({ outcome: 'fail' })
})

test('what could not be run says nothing, whatever came before', () => {
  expect(of(rerun, 'failed', 'error')).toMatchObject({ outcome: 'error' })
})

test('k of n makes all its attempts and no reruns', () => {
  const rule: AttemptRule = { ...rerun, passAt: { passes: 2, of: 3 } }
  expect(of(rule, 'passed', 'passed')).toBeNull()
  expect(of(rule, 'passed', 'failed', 'passed')).toMatchObject({ outcome: 'pass' })
  expect(of(rule, 'failed', 'failed', 'passed')).toMatchObject({ outcome: 'fail' })
})

test('green is two passes in a row', () => {
  const green: AttemptRule = { ...rerun, rounds: 2 }
  expect(of(green, 'passed')).toBeNull()
  expect(of(green, 'passed', 'passed')).toEqual({ outcome: 'pass', passes: 2 })
  expect(of(green, 'failed', 'passed', 'passed')).toMatchObject({ outcome: 'flaky' })
  expect(of(green, 'failed', 'failed', 'failed', 'failed')).toMatchObject({ outcome: 'fail' })
})

test('a test that a model judges is asked three times unless it says otherwise', () => {
  const expected = { assertions: [{ type: 'llm-rubric', value: 'is polite', weight: 1 }] }
  expect(ruleOf({ passAt: null, expected, phases: [] }).passAt).toEqual({ passes: 2, of: 3 })
  expect(ruleOf({ passAt: '1/1', expected, phases: [] }).passAt).toEqual({ passes: 1, of: 1 })
  expect(ruleOf({ passAt: null, expected: {}, phases: [] })).toEqual({ passAt: null, reruns: 3, rounds: 1 })
})
