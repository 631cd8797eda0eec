import { expect, test } from 'vitest'
import { makeTests } from '../testing/monitor.ts'
import { bandOf } from './band.ts'
import { figuresOf } from './test-figures.ts'

const tests = makeTests(Date.parse('2026-11-21T12:00:00.000Z'))

test('the worst come first: broken before flaky before red', () => {
  expect(figuresOf(tests).attention.map(({ state }) => state)).toEqual(['broken', 'flaky', 'red'])
})

test('retired tests are in no figure', () => {
  const retired = tests.map((one) => ({ ...one, state: 'retired' as const }))
  expect(figuresOf([...tests, ...retired])).toEqual(figuresOf(tests))
})

test('without tests there is no mean, rather than zero', () => {
  expect(figuresOf([])).toMatchObject({ total: 0, meanConfidence: null, passRate: null })
})

test('a band begins with its lower bound', () => {
  expect([0, 39, 40, 59, 60, 79, 80, 100].map(bandOf)).toEqual([0, 0, 1, 1, 2, 2, 3, 3])
})
