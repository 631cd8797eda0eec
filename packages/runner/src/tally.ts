import { addToTotals, emptyTotals, timestamp, totalsOf, type CaseResult } from '@assay/core'
import type { RunSummary } from './event.ts'

/** Counts the results of a run, in all and for each model. */
export const createTally = ({
  models,
  total,
  startedAtMs,
}: {
  models: readonly string[]
  total: number
  startedAtMs: number
}) => {
  const all = emptyTotals()
  const byModel = new Map(models.map((model) => [model, emptyTotals()]))
  const errors = new Map<string, number>()
  let answered = 0
  let slowest: RunSummary['slowest'] = null
  return {
    total,
    add(result: CaseResult): void {
      const { title, model, durationMs, error } = result
      addToTotals(all, result)
      addToTotals(byModel.get(model)!, result)
      if (result.response !== null) answered++
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
    summary: ({ isInterrupted, finishedAtMs }: { isInterrupted: boolean; finishedAtMs: number }): RunSummary => ({
      status: isInterrupted ? 'interrupted' : 'completed',
      totals: totalsOf(all, finishedAtMs - startedAtMs),
      models: [...byModel].map(([model, sum]) => Object.assign({ model }, totalsOf(sum))),
      answered,
      errors: Object.fromEntries(errors),
      slowest,
      startedAt: timestamp(startedAtMs),
      finishedAt: timestamp(finishedAtMs),
    }),
  }
}
