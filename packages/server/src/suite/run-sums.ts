import { addToTotals, emptyTotals, totalsOf, type CaseResult, type Run, type TotalsSum } from '@assay/core'

/** The sums of a run while its results come in: in all, and for each of its models. */
export const createRunSums = (models: readonly string[]) => {
  const all = emptyTotals()
  const byModel = new Map<string, TotalsSum>(models.map((model) => [model, emptyTotals()]))
  return {
    add(result: CaseResult): void {
      addToTotals(all, result)
      const sum = byModel.get(result.model) ?? emptyTotals()
      byModel.set(result.model, sum)
      addToTotals(sum, result)
    },
    done: () => all.total,
    /** As a run keeps them; its own duration is by the clock on the wall, and that of a model the sum of its cases. */
    fields: (durationMs: number): Required<Pick<Run, 'totals' | 'modelTotals' | 'costNanoUsd'>> => ({
      totals: totalsOf(all, durationMs),
      modelTotals: [...byModel].map(([model, sum]) => ({ ...totalsOf(sum), model })),
      costNanoUsd: all.costNanoUsd,
    }),
  }
}

export type RunSums = ReturnType<typeof createRunSums>
