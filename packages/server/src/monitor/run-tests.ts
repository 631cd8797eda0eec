import { AssayError, newRun, runRegressionTests, timestamp, type ContractInput, type RegressionTest } from '@assay/core'
import * as stored from '@assay/store'
import type { App } from '../app.ts'
import { implement } from '../http/implement.ts'
import { enqueue } from '../jobs/enqueue.ts'
import { readAll } from '../read-all.ts'
import { runRegressionTestsJob } from './execute-run.ts'

export const onRunRegressionTests = implement(runRegressionTests, ({ app, member }, { body }) =>
  queueRun(app, member().workspaceId, { ...body, id: app.createId() }),
)

/** Which tests to run, why and where. */
export type Wanted = ContractInput<typeof runRegressionTests>['body'] & {
  id: string
  testIds?: readonly string[] | undefined
  maxCostUsd?: number | undefined
}

/** Writes the run down and queues it in one transaction: a run that was promised is a run that will be tried. */
export const queueRun = (
  app: Pick<App, 'store' | 'now'>,
  workspaceId: string,
  wanted: Wanted,
): Promise<{ runId: string; tests: number }> =>
  app.store.inWorkspace(workspaceId, (scope) => queueRunIn(app, scope, wanted))

/** The same in a transaction that is open already. */
export const queueRunIn = async (
  app: Pick<App, 'store' | 'now'>,
  scope: stored.WorkspaceScope,
  wanted: Wanted,
): Promise<{ runId: string; tests: number }> => {
  const testIds = (await selectTests(scope, wanted)).map(({ id }) => id)
  if (testIds.length === 0) throw new AssayError('monitor.nothing_to_run', { selection: selectionOf(wanted) })
  const { id, trigger, environment, maxCostUsd } = wanted
  const createdAt = timestamp(app.now())
  const settings = maxCostUsd === undefined ? {} : { maxCostUsd }
  const name = `regression tests: ${selectionOf(wanted)}`
  await stored.insertRun(scope, { ...newRun({ id, name, trigger, environment, createdAt, settings }), testIds })
  await enqueue(app, scope, runRegressionTestsJob, { workspaceId: scope.workspaceId, runId: id, testIds })
  return { runId: id, tests: testIds.length }
}

const selectionOf = ({ testId, testIds, tag }: Pick<Wanted, 'testId' | 'testIds' | 'tag'>): string => {
  if (testId !== undefined) return `id ${testId}`
  if (testIds !== undefined) return `${testIds.length} named`
  return tag === undefined ? 'all' : `tag ${tag}`
}

const selectTests = async (
  scope: stored.WorkspaceScope,
  { testId, testIds, tag }: Wanted,
): Promise<RegressionTest[]> => {
  if (testIds !== undefined) {
    const named = new Set(testIds)
    return (await everyTest(scope, undefined)).filter(({ id, state }) => named.has(id) && state !== 'retired')
  }
  if (testId === undefined) return (await everyTest(scope, tag)).filter(({ state }) => state !== 'retired')
  const test = await stored.findRegressionTest(scope, testId)
  if (test === null) throw new AssayError('resource.not_found', { what: 'regression test', id: testId })
  return [test]
}

const everyTest = (scope: stored.WorkspaceScope, tag: string | undefined): Promise<RegressionTest[]> =>
  readAll((page) => stored.listRegressionTests(scope, { ...page, ...(tag === undefined ? {} : { tag }) }))
