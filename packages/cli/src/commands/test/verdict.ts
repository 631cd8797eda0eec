import type { Comparison } from '@assay/core'
import type { RunSummary } from '@assay/runner'
import { count } from '../../print/count.ts'
import type { TestOptions } from './options.ts'

type Asked = Pick<TestOptions, 'minPassRate' | 'minScore' | 'strict'>

/** Why a run that ended is no pass, in sentences; nothing when it is one. */
export const shortfallsOf = (
  summary: Pick<RunSummary, 'status' | 'stopped' | 'isPass' | 'totals'>,
  { minPassRate, minScore, strict }: Asked,
  comparison: Pick<Comparison, 'verdict'> | null,
): string[] => {
  const { totals, stopped, status, isPass } = summary
  const scored = totals.total - totals.skipped - totals.unscored
  const rate = scored === 0 ? 0 : totals.passed / scored
  const isThreshold = minPassRate !== undefined || minScore !== undefined
  return [
    ...(status === 'interrupted' ? ['the run was interrupted'] : []),
    ...(stopped === null ? [] : [`the run stopped at ${stopped}`]),
    // A threshold takes the place of the demand that everything passes.
    ...(!isThreshold && !isPass && status === 'completed' && stopped === null ? ['not everything passed'] : []),
    ...(minPassRate !== undefined && rate < minPassRate
      ? [`${percent(rate)} passed, and ${percent(minPassRate)} were asked for`]
      : []),
    ...(minScore !== undefined && (totals.score ?? 0) < minScore
      ? [`the score is ${percent(totals.score ?? 0)}, and ${percent(minScore)} were asked for`]
      : []),
    ...(strict && totals.unscored > 0 ? [`${count(totals.unscored, 'result')} could not be scored`] : []),
    ...(comparison?.verdict === 'regression' ? ['it is a regression against the baseline'] : []),
  ]
}

const percent = (share: number): string => `${Number((share * 100).toFixed(2))} %`
