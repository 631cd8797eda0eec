import { AssayError, compareRuns, compareRunWith, type Run } from '@assay/core'
import * as stored from '@assay/store'
import { implement } from '../http/implement.ts'
import { requireRun } from './runs.ts'

/** Of a longer list as many are told. */
const MOST_LISTED = 1_000

/** A run against an earlier one, by the statistics that `assay test --baseline` uses. */
export const onCompareRun = implement(compareRunWith, ({ inWorkspace }, { params: { id }, query }) =>
  inWorkspace(async (scope) => {
    const after = await requireRun(scope, id)
    const before = await runCalled(scope, query.with)
    const sides = {
      before: await stored.readResultSide(scope, before.id),
      after: await stored.readResultSide(scope, after.id),
    }
    const { margin, seed } = query
    const comparison = compareRuns(sides, {
      ...(margin !== undefined && { margin }),
      ...(seed !== undefined && { seed }),
    })
    const { moved, added, removed, changed } = comparison
    const counts = { moved: moved.length, added: added.length, removed: removed.length, changed: changed.length }
    const first = <Item>(items: readonly Item[]): Item[] => items.slice(0, MOST_LISTED)
    const lists = { moved: first(moved), added: first(added), removed: first(removed), changed: first(changed) }
    return { ...comparison, ...lists, counts, before, after }
  }),
)

const isId = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)

/** A run by its id, or by the name under which it is kept as a baseline. */
const runCalled = async (scope: stored.WorkspaceScope, name: string): Promise<Run> => {
  if (isId(name)) return requireRun(scope, name)
  const run = await stored.findBaseline(scope, name)
  if (run !== null) return run
  throw new AssayError('suite.baseline_unknown', { name, baselines: await stored.listBaselines(scope), runs: [] })
}
