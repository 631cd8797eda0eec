import { addToSide, compareRuns, type Comparison, type RunSide, type Suite } from '@assay/core'
import { baselineNames, readRunSide, type RunListener } from '@assay/runner'
import type { TestOptions } from './options.ts'

/** The baseline that a run is held against, and what the run came to so far. */
export type Against = RunListener & { compare(): Comparison & { baseline: string } }

/** The baseline named on the command line, else the suite's own; null when there is none to compare with. */
export const openBaseline = async ({
  folder,
  suite,
  options,
  note,
}: {
  folder: string
  suite: Pick<Suite, 'baseline'>
  options: Pick<TestOptions, 'baseline' | 'margin' | 'seed'>
  note: (text: string) => void
}): Promise<Against | null> => {
  const baseline = options.baseline ?? suite.baseline
  if (baseline === undefined) return null
  if (options.baseline === undefined && !(await baselineNames(folder)).includes(baseline)) {
    note(`There is no baseline ${baseline} yet; --save-baseline ${baseline} keeps one.`)
    return null
  }
  const before = await readRunSide(folder, baseline)
  const after: RunSide = new Map()
  return {
    result: (result) => addToSide(after, result),
    compare: () => ({ ...compareRuns({ before, after }, comparisonOptions(options)), baseline }),
  }
}

/** What of the command line a comparison heeds. */
export const comparisonOptions = ({ margin, seed }: Pick<TestOptions, 'margin' | 'seed'>) => ({
  ...(margin !== undefined && { margin }),
  ...(seed !== undefined && { seed }),
})
