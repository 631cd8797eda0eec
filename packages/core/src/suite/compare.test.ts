import { expect, test } from 'vitest'
import { seededRandom } from '../monitor/seeded-random.ts'
import { addToSide, compareRuns, type RunSide } from './compare.ts'

type Row = { status?: 'passed' | 'failed' | 'error' | 'skipped'; score?: number; model?: string; assertHash?: string }

/** A run of cases `0`, `1` … on one model; a list gives the repeats of a case. */
const sideOf = (rows: (Row | Row[])[]): RunSide => {
  const side: RunSide = new Map()
  for (const [index, given] of rows.entries()) {
    for (const { status = 'passed', score = status === 'passed' ? 1 : 0, model = 'm', assertHash } of [given].flat()) {
      addToSide(side, {
        caseKey: String(index),
        title: `case ${index}`,
        model,
        status,
        score,
        assertHash: assertHash ?? null,
      })
    }
  }
  return side
}

const passing = (count: number): Row[] => Array.from({ length: count }, () => ({}))
const failing = (count: number): Row[] => Array.from({ length: count }, () => ({ status: 'failed' }))

test('ten of a hundred flipped is a regression, three are not enough data, none is noise', () => {
  const before = sideOf(passing(100))
  const flipped = (count: number) =>
    compareRuns({ before, after: sideOf([...failing(count), ...passing(100 - count)]) })
  expect(flipped(10)).toMatchObject({ verdict: 'regression', worse: 10, better: 0, pairs: 100, repeatsToDecide: null })
  expect(flipped(3)).toMatchObject({ verdict: 'not-enough-data', worse: 3, repeatsToDecide: 2 })
  expect(flipped(0)).toMatchObject({ verdict: 'noise', worse: 0, score: { mean: 0, low: 0, high: 0 } })
  expect(compareRuns({ before: sideOf(failing(10)), after: sideOf(passing(10)) }).verdict).toBe('improved')
})

test('graded scores that sank a little everywhere are a regression although everything still passes', () => {
  const graded = (mean: number, seed: number) => {
    const random = seededRandom(seed)
    return sideOf(Array.from({ length: 60 }, () => ({ score: mean + (random() - 0.5) * 0.1 })))
  }
  const { verdict, p, score } = compareRuns({ before: graded(0.9, 1), after: graded(0.8, 2) })
  expect({ verdict, p }).toEqual({ verdict: 'regression', p: 1 })
  expect(score.high).toBeLessThan(0)
  expect(compareRuns({ before: graded(0.9, 3), after: graded(0.9, 4) }).verdict).toBe('noise')
})

test('one case that fell from ten of ten to none of ten is a regression, beside a hundred that stayed', () => {
  const repeated = (first: Row[]) => sideOf([first, ...Array.from({ length: 100 }, () => passing(10))])
  const comparison = compareRuns({ before: repeated(passing(10)), after: repeated(failing(10)) })
  expect(comparison).toMatchObject({ verdict: 'regression', worse: 1 })
  expect(comparison.moved).toMatchObject([{ caseKey: '0', before: { passes: 10 }, after: { passes: 0 } }])
  expect(comparison.moved[0]!.p).toBeLessThan(0.05)
})

test('new, removed and changed cases are told apart and not compared', () => {
  const before = sideOf([{ assertHash: 'a' }, { assertHash: 'b' }, {}])
  const after = sideOf([{ assertHash: 'a' }, { assertHash: 'c', status: 'failed' }])
  addToSide(after, { caseKey: 'new', title: 'new', model: 'm', status: 'passed', score: 1 })
  const { pairs, added, removed, changed } = compareRuns({ before, after })
  expect({ pairs, added: added.length, removed: removed.length, changed: changed.length }).toEqual({
    pairs: 1,
    added: 1,
    removed: 1,
    changed: 1,
  })
})

test('what was skipped on one side is no loss', () => {
  const skipped = sideOf([{ status: 'skipped' }, {}])
  expect(compareRuns({ before: sideOf(passing(2)), after: skipped })).toMatchObject({ pairs: 1, worse: 0 })
})

test('two runs of the same flaky product are called a regression or an improvement at most one time in twenty', () => {
  const random = seededRandom(5)
  const run = () => sideOf(Array.from({ length: 80 }, () => (random() < 0.8 ? {} : { status: 'failed' as const })))
  let alarms = 0
  for (let trial = 0; trial < 200; trial++) {
    const { verdict } = compareRuns({ before: run(), after: run() }, { seed: trial })
    if (verdict === 'regression' || verdict === 'improved') alarms++
  }
  expect(alarms).toBeLessThanOrEqual(14)
})
