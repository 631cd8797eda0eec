import { addToTotals, emptyTotals, repeatsSummary, timestamp, totalsOf, type CaseResult } from '@assay/core'
import type { RunSummary } from './event.ts'

/** Counts the results of a run, in all and for each model. */
export const createTally = ({
  models,
  total,
  startedAtMs,
  hasRepeats = false,
}: {
  models: readonly string[]
  total: number
  startedAtMs: number
  /** Some case runs more than once, so that pass rates are kept by case. */
  hasRepeats?: boolean
}) => {
  const all = emptyTotals()
  const byModel = new Map(models.map((model) => [model, emptyTotals()]))
  const errors = new Map<string, number>()
  let answered = 0
  let slowest: RunSummary['slowest'] = null
  let spentNanoUsd = 0
  const repeated = new Map<string, Repeated>()
  return {
    total,
    add(result: CaseResult): void {
      const { title, model, durationMs, error } = result
      addToTotals(all, result)
      addToTotals(byModel.get(model)!, result)
      if (result.response !== null) answered++
      if (!result.cached) spentNanoUsd += result.costNanoUsd ?? 0
      spentNanoUsd += result.judge?.spentNanoUsd ?? 0
      if (hasRepeats) countRepeat(repeated, result)
      if (error) errors.set(error.code, (errors.get(error.code) ?? 0) + 1)
      if (!slowest || durationMs > slowest.durationMs) slowest = { title, model, durationMs }
    },
    progress: () => ({
      done: all.total,
      total,
      passed: all.passed,
      failed: all.failed,
      error: all.error,
      costNanoUsd: all.costNanoUsd,
    }),
    summary: ({ finishedAtMs, ...ending }: Ending): RunSummary => ({
      ...ending,
      totals: totalsOf(all, finishedAtMs - startedAtMs),
      models: [...byModel].map(([model, sum]) => Object.assign({ model }, totalsOf(sum))),
      answered,
      spentNanoUsd,
      repeats: [...repeated.values()]
        .filter(({ total }) => total > 1)
        .map(({ passes, total, ...about }) => ({ ...about, ...repeatsSummary({ passes, total }) })),
      errors: Object.fromEntries(errors),
      slowest,
      startedAt: timestamp(startedAtMs),
      finishedAt: timestamp(finishedAtMs),
    }),
  }
}

/** What the run itself knows of its end. */
type Ending = Pick<RunSummary, 'status' | 'stopped' | 'isPass' | 'savedRepeats' | 'resumed'> & { finishedAtMs: number }

type Repeated = { caseKey: string; title: string; model: string; passes: number; total: number }

const countRepeat = (repeated: Map<string, Repeated>, { caseKey, title, model, status }: CaseResult): void => {
  if (status === 'skipped' || status === 'unscored') return
  const key = JSON.stringify([caseKey, model])
  const { passes, total } = repeated.get(key) ?? { passes: 0, total: 0 }
  repeated.set(key, { caseKey, title, model, passes: passes + (status === 'passed' ? 1 : 0), total: total + 1 })
}
