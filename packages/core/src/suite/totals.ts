import type { CaseResult, RunTotals } from './result.ts'
import { sumJudgeUse } from './judge-use.ts'
import { clamp } from './score.ts'

/** Sums that grow with each result; their size does not. */
export type TotalsSum = Omit<RunTotals, 'score' | 'metrics'> & {
  scoreSum: number
  metricSums: Map<string, { score: number; weight: number }>
}

/** Sums of nothing. */
export const emptyTotals = (): TotalsSum => ({
  total: 0,
  passed: 0,
  failed: 0,
  error: 0,
  skipped: 0,
  unscored: 0,
  inputTokens: 0,
  outputTokens: 0,
  costNanoUsd: 0,
  unpriced: 0,
  durationMs: 0,
  scoreSum: 0,
  metricSums: new Map(),
})

/** Counts one result in. */
export const addToTotals = (sum: TotalsSum, result: CaseResult): void => {
  sum.total++
  sum[result.status]++
  sum.durationMs += result.durationMs
  if (result.status !== 'skipped' && result.status !== 'unscored') sum.scoreSum += result.score
  if (result.usage) {
    sum.inputTokens += result.usage.inputTokens
    sum.outputTokens += result.usage.outputTokens
    if (result.costNanoUsd === null) sum.unpriced++
  }
  sum.costNanoUsd += result.costNanoUsd ?? 0
  const judge = sumJudgeUse([sum.judge, result.judge])
  if (judge) sum.judge = judge
  for (const { metric, score, weight, unscored } of result.verdicts.flatMap((verdict) => [
    verdict,
    ...(verdict.members ?? []),
  ])) {
    if (metric === undefined || unscored) continue
    const known = sum.metricSums.get(metric) ?? { score: 0, weight: 0 }
    sum.metricSums.set(metric, { score: known.score + clamp(score) * weight, weight: known.weight + weight })
  }
}

/** The sums as they are reported; wall time is known to the caller alone. */
export const totalsOf = ({ scoreSum, metricSums, ...counts }: TotalsSum, durationMs = counts.durationMs): RunTotals => {
  const scored = counts.total - counts.skipped - counts.unscored
  return {
    ...counts,
    durationMs,
    score: scored === 0 ? null : scoreSum / scored,
    ...(metricSums.size > 0 && {
      metrics: Object.fromEntries(
        [...metricSums].map(([name, { score, weight }]) => [name, weight === 0 ? 0 : score / weight]),
      ),
    }),
  }
}
