import {
  AssayError,
  newRun,
  runRegressionTests,
  timestamp,
  verifyRegressionTest,
  type ContractInput,
  type RegressionTest,
} from '@assay/core'
import * as stored from '@assay/store'
import type { App } from '../../app.ts'
import { implement } from '../../http/implement.ts'
import { enqueue } from '../../jobs/enqueue.ts'
import { readAll } from '../../read-all.ts'
import { runRegressionTestsJob } from './execute-run.ts'

export const onRunRegressionTests = implement(runRegressionTests, ({ app, member }, { body }) =>
  queueRun(app, member().workspaceId, { ...body, id: app.createId() }),
)

export const onVerifyRegressionTest = implement(
  verifyRegressionTest,
  async ({ app, member }, { params: { id: testId }, body: { environment } }) => {
    const wanted = { id: app.createId(), testId, environment, trigger: 'manual' as const, isVerification: true }
    const { runId } = await queueRun(app, member().workspaceId, wanted)
    return { runId }
  },
)

/** Which tests to run, why and where. */
export type Wanted = Omit<ContractInput<typeof runRegressionTests>['body'], 'testIds'> & {
  id: string
  testIds?: readonly string[] | undefined
  isVerification?: boolean
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
  const { workspaceId } = scope
  const testIds = (await selectTests(scope, wanted)).map(({ id }) => id)
  if (testIds.length === 0) throw new AssayError('monitor.nothing_to_run', { selection: selectionOf(wanted) })
  const { id, trigger, environment, release = null, maxCostUsd = null, reruns, isVerification = false } = wanted
  const createdAt = timestamp(app.now())
  const name = `${isVerification ? 'verification' : 'regression tests'}: ${selectionOf(wanted)}`
  const settings = maxCostUsd === null ? {} : { maxCostUsd }
  const run = newRun({ id, name, trigger, environment, createdAt, settings })
  await stored.insertRun(scope, { ...run, testIds })
  const options = { release, maxCostUsd, isVerification, ...(reruns === undefined ? {} : { reruns }) }
  await enqueue(app, scope, runRegressionTestsJob, { workspaceId, runId: id, testIds, ...options })
  return { runId: id, tests: testIds.length }
}

type Selection = Pick<Wanted, 'testId' | 'testIds' | 'tag' | 'groupId' | 'trigger'>

const selectionOf = ({ testId, testIds, tag, groupId }: Omit<Selection, 'trigger'>): string => {
  if (testId !== undefined) return `id ${testId}`
  if (testIds !== undefined) return `${testIds.length} named`
  if (groupId !== undefined) return `failure group ${groupId}`
  return tag === undefined ? 'all' : `tag ${tag}`
}

/** Those asked for by their ids run whatever their state, but for retired ones; the others only while they are active. */
const selectTests = async (scope: stored.WorkspaceScope, wanted: Selection): Promise<RegressionTest[]> => {
  const { testId, testIds = testId === undefined ? null : [testId], tag, groupId, trigger } = wanted
  if (testIds === null) {
    const tests = await everyTest(scope, { tag, group: groupId })
    return tests.filter(({ state, isActive }) => state !== 'retired' && isActive)
  }
  const tests: RegressionTest[] = []
  for (const id of new Set(testIds)) {
    const test = await stored.findRegressionTest(scope, id)
    // A schedule goes on with the tests that are left of those it names.
    if (trigger === 'cron' && (test === null || test.state === 'retired')) continue
    if (test === null) throw new AssayError('resource.not_found', { what: 'regression test', id })
    const { name, state } = test
    if (state === 'retired') throw new AssayError('monitor.test_state', { name, state, wanted: 'run' })
    tests.push(test)
  }
  return tests
}

const everyTest = (
  scope: stored.WorkspaceScope,
  query: { tag: string | undefined; group: string | undefined },
): Promise<RegressionTest[]> => readAll((page) => stored.listRegressionTests(scope, { ...page, ...query }))
