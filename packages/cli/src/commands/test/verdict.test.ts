import { emptyTotals, totalsOf } from '@assay/core'
import { expect, test } from 'vitest'
import { shortfallsOf } from './verdict.ts'

const summary = (counts: { passed?: number; failed?: number; unscored?: number; skipped?: number }) => {
  const { passed = 0, failed = 0, unscored = 0, skipped = 0 } = counts
  const total = passed + failed + unscored + skipped
  const totals = totalsOf({ ...emptyTotals(), passed, failed, unscored, skipped, total, scoreSum: passed })
  return { status: 'completed' as const, stopped: null, isPass: failed === 0, totals }
}

test('what could not be scored fails a run only when that is asked for', () => {
  expect(shortfallsOf(summary({ passed: 3, unscored: 1 }), {}, null)).toEqual([])
  expect(shortfallsOf(summary({ passed: 3, unscored: 1 }), { strict: true }, null)).toHaveLength(1)
})

test('a threshold forgives failures, and neither limits nor regressions', () => {
  const most = { minPassRate: 0.7 }
  expect(shortfallsOf(summary({ passed: 3, failed: 1, skipped: 6 }), most, null)).toEqual([])
  expect(shortfallsOf({ ...summary({ passed: 3 }), stopped: 'limit.max_cost' }, most, null)).toHaveLength(1)
  expect(shortfallsOf(summary({ passed: 4 }), most, { verdict: 'regression' })).toHaveLength(1)
})
