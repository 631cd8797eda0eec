import type { JudgeUse } from './result.ts'

/** Judging that took nothing. */
export const noJudgeUse: JudgeUse = {
  calls: 0,
  inputTokens: 0,
  outputTokens: 0,
  costNanoUsd: 0,
  spentNanoUsd: 0,
  spentTokens: 0,
  unpriced: 0,
}

/** What several judgings took together; undefined where nothing was judged. */
export const sumJudgeUse = (uses: Iterable<JudgeUse | undefined>): JudgeUse | undefined => {
  let sum: JudgeUse | undefined
  for (const use of uses) {
    if (!use) continue
    sum ??= { ...noJudgeUse }
    sum.calls += use.calls
    sum.inputTokens += use.inputTokens
    sum.outputTokens += use.outputTokens
    sum.costNanoUsd += use.costNanoUsd
    sum.spentNanoUsd += use.spentNanoUsd
    sum.spentTokens += use.spentTokens
    sum.unpriced += use.unpriced
  }
  return sum
}
