import type { CaseResult } from '@assay/core'
import { expect, test } from 'vitest'
import { firstDifference } from './first-difference.ts'
import { columnsOf, firstToSee, rowsOf } from './matrix.ts'
import { nameOfResult, readResultName } from './search.ts'

const result = (changes: Partial<CaseResult>): CaseResult => ({
  caseKey: 'a',
  title: 'A',
  model: 'sim/echo',
  repeat: 1,
  status: 'passed',
  score: 1,
  input: '',
  response: null,
  error: null,
  verdicts: [],
  latencyMs: null,
  durationMs: 0,
  usage: null,
  costNanoUsd: null,
  ...changes,
})

const totals = { passed: 1, failed: 0, error: 0, unscored: 0, score: 1, inputTokens: 0, outputTokens: 0 }
const sums = { ...totals, costNanoUsd: 0, unpriced: 0, durationMs: 0 }

test('repeats of a case on a model are one cell, which shows the worst of them', () => {
  const [row, ...others] = rowsOf([
    result({ repeat: 1 }),
    result({ repeat: 2, status: 'failed', score: 0 }),
    result({ model: 'sim/smart' }),
  ])
  expect(others).toEqual([])
  const cell = row!.cells.get('sim/echo')!
  expect(cell).toMatchObject({ passed: 1, score: 0.5, status: 'failed' })
  expect(firstToSee(cell).repeat).toBe(2)
  expect(row!.cells.get('sim/smart')).toMatchObject({ passed: 1, status: 'passed' })
})

test('a model on which nothing was run is counted and not shown', () => {
  const modelTotals = [
    { ...sums, model: 'a', total: 2, skipped: 1 },
    { ...sums, model: 'b', total: 2, skipped: 2 },
  ]
  expect(columnsOf({ models: ['a', 'b', 'c'], modelTotals })).toEqual({ shown: ['a'], hidden: 2 })
  expect(columnsOf({ models: ['a', 'b'], modelTotals: [] })).toEqual({ shown: ['a', 'b'], hidden: 0 })
})

test('the name of a result in the address is read back', () => {
  const name = { model: 'openai/gpt-4o', repeat: 3, caseKey: 'with / and // in it' }
  expect(readResultName(nameOfResult(name))).toEqual(name)
  expect(readResultName('nonsense')).toBeNull()
})

test('two texts differ from their first different character on', () => {
  expect(firstDifference('Paris is', 'Paris was')).toBe(6)
  expect(firstDifference('same', 'same')).toBeNull()
  expect(firstDifference('longer', 'long')).toBe(4)
})
