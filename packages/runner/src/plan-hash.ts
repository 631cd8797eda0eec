import { createHash } from 'node:crypto'
import type { CaseFilter, Dialect, Suite } from '@assay/core'

/** What tells one plan from another: what is run, on which models and how often. Only the same plan is gone on with. */
export const planHashOf = (
  { suite, dialect, models, filter }: { suite: Suite; dialect: Dialect; models: readonly string[]; filter: CaseFilter },
  options: {
    repeat?: number | undefined
    passAt?: string | undefined
    judge?: string | undefined
    plugins?: string[]
    framework?: string
  },
): string => {
  const { repeat, passAt, judge, plugins, framework = 'auto' } = options
  const { text, tags, kinds, indices } = filter
  const { tests, ...others } = suite
  const plan = [
    others,
    dialect,
    models,
    text ?? null,
    tags ?? [],
    kinds ?? null,
    repeat ?? null,
    passAt ?? null,
    ...(indices ? [[...indices]] : []),
    ...(plugins || framework !== 'auto' ? [{ plugins, framework }] : []),
    ...(judge === undefined ? [] : [{ judge }]),
  ]
  const sum = createHash('sha256').update(JSON.stringify(plan))
  // One case at a time: the text of all of them is as large as the suite.
  for (const one of tests) sum.update(`\n${JSON.stringify(one)}`)
  return sum.digest('hex').slice(0, 32)
}
