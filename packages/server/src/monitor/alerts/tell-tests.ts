import {
  infrastructureAlert,
  newsOfTests,
  testAlert,
  watchTest,
  type Execution,
  type RegressionTest,
  type Run,
  type WatchedExecution,
} from '@assay/core'
import type { WorkspaceScope } from '@assay/store'
import type { App } from '../../app.ts'

type Needed = Pick<App, 'alerts'>

/** Tells that a failure became a test, in the transaction that made it. */
export const tellOfNewTest = async (
  { alerts }: Needed,
  scope: WorkspaceScope,
  { test, environment }: { test: RegressionTest; environment: string },
): Promise<void> => {
  await alerts.raiseIn(scope, testAlert('test.created', test, { environment }))
}

/** Tells what an execution did to its test, in the transaction that kept it; `history` are the executions before it. */
export const tellOfTest = async (
  { alerts }: Needed,
  scope: WorkspaceScope,
  seen: {
    before: RegressionTest
    after: RegressionTest
    execution: Execution
    history: readonly WatchedExecution[]
  },
): Promise<void> => {
  const { before, after, execution } = seen
  const history = execution.verification ? seen.history : [execution, ...seen.history]
  const { raised, over } = watchTest({ before, after, execution, history })
  for (const alert of raised) await alerts.raiseIn(scope, alert)
  for (const rule of over) await alerts.resolveIn(scope, { rule, object: after.id })
}

/** A test that is put away is no news any more. */
export const endNewsOfTest = async ({ alerts }: Needed, scope: WorkspaceScope, testId: string): Promise<void> => {
  for (const rule of newsOfTests) await alerts.resolveIn(scope, { rule, object: testId })
}

/** Tells that nearly everything of a run failed at once, or that a run is as it should be again. */
export const tellOfRun = async (
  { alerts }: Needed,
  scope: WorkspaceScope,
  { run, isInfrastructure, failed, tests }: { run: Run; isInfrastructure: boolean; failed: number; tests: number },
): Promise<void> => {
  const { id, environment } = run
  if (isInfrastructure) await alerts.raiseIn(scope, infrastructureAlert({ id, environment, failed, tests }))
  else if (tests > 0) await alerts.resolveIn(scope, { rule: 'run.infrastructure', object: environment })
}
