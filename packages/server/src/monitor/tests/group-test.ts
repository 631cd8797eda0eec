import { AssayError, makeGroupTest, planRegressionTest, timestamp, type RegressionTest } from '@assay/core'
import * as stored from '@assay/store'
import { implement } from '../../http/implement.ts'
import { noteTest } from './test-audit.ts'

/** The test of a group that has not reached its threshold yet, or whose request came late. */
export const onMakeGroupTest = implement(makeGroupTest, (exchange, { params: { id }, body: { name } }) =>
  exchange.inWorkspace(async (scope) => {
    const { app, member } = exchange
    const group = await stored.lockFailureGroup(scope, id)
    if (group === null) throw new AssayError('resource.not_found', { what: 'failure group', id })
    await refuseSecond(scope, group.testId)
    const failure = await stored.newestReplayable(scope, group.id)
    const plan = planRegressionTest({ group, failure, id: app.createId(), now: timestamp(app.now()) })
    if (plan.kind !== 'test') throw new AssayError('monitor.test_impossible', { id, reason: reasons[plan.kind] })
    const given = { ...plan.test, ...(name === undefined ? {} : { name }), groupId: group.id }
    const test: RegressionTest = await stored.createRegressionTest(scope, given)
    await noteTest(scope, exchange, { action: 'regression_test.create', after: test })
    const { workspaceId } = member()
    scope.afterCommit.push(() =>
      app.events.publish(workspaceId, { topic: 'failures', type: 'test.created', id: test.id }),
    )
    return test
  }),
)

/** A retired test does not come back by itself, and a person may want another one in its place. */
const refuseSecond = async (scope: stored.WorkspaceScope, testId: string | null): Promise<void> => {
  const test = testId === null ? null : await stored.findRegressionTest(scope, testId)
  if (test !== null && test.state !== 'retired')
    throw new AssayError('monitor.test_exists', { id: test.id, name: test.name })
}

const reasons = {
  alert_only: 'only a person can mend its cause, so that there is nothing to run',
  needs_request: 'none of its failures holds the request that failed',
}
