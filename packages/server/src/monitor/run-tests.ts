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
type Wanted = ContractInput<typeof runRegressionTests>['body'] & { id: string }

/** Writes the run down and queues it in one transaction: a run that was promised is a run that will be tried. */
export const queueRun = (
  app: Pick<App, 'store' | 'now'>,
  workspaceId: string,
  wanted: Wanted,
): Promise<{ runId: string; tests: number }> =>
  app.store.inWorkspace(workspaceId, async (scope) => {
    const testIds = (await selectTests(scope, wanted)).map(({ id }) => id)
    if (testIds.length === 0) throw new AssayError('monitor.nothing_to_run', { selection: selectionOf(wanted) })
    const { id, trigger, environment } = wanted
    const createdAt = timestamp(app.now())
    const run = newRun({ id, name: `regression tests: ${selectionOf(wanted)}`, trigger, environment, createdAt })
    await stored.insertRun(scope, { ...run, testIds })
    await enqueue(app, scope, runRegressionTestsJob, { workspaceId, runId: id, testIds })
    return { runId: id, tests: testIds.length }
  })

const selectionOf = ({ testId, tag }: Pick<Wanted, 'testId' | 'tag'>): string => {
  if (testId !== undefined) return `id ${testId}`
  return tag === undefined ? 'all' : `tag ${tag}`
}

const selectTests = async (scope: stored.WorkspaceScope, { testId, tag }: Wanted): Promise<RegressionTest[]> => {
  if (testId === undefined) return (await everyTest(scope, tag)).filter(({ state }) => state !== 'retired')
  const test = await stored.findRegressionTest(scope, testId)
  if (test === null) throw new AssayError('resource.not_found', { what: 'regression test', id: testId })
  return [test]
}

const everyTest = (scope: stored.WorkspaceScope, tag: string | undefined): Promise<RegressionTest[]> =>
  readAll((page) => stored.listRegressionTests(scope, { ...page, ...(tag === undefined ? {} : { tag }) }))
