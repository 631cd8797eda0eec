import { caseNameOf, makeTestCase, suiteFromRequest, testFromRequest, timestamp } from '@assay/core'
import { writeSuite } from '@assay/runner'
import { appendAudit, createRegressionTest } from '@assay/store'
import { actorOf } from '../http/caller.ts'
import { implement } from '../http/implement.ts'
import { requestWithBody } from './routes.ts'

/** A case out of a request: shown as a file, and kept as a regression test when that is asked for. */
export const onMakeTestCase = implement(makeTestCase, async (exchange, { params: { id }, body: { name, save } }) => {
  const { app, member, inWorkspace, requestId } = exchange
  const made = await inWorkspace(async (scope) => {
    const { record, body } = await requestWithBody(scope, id)
    const given = { record, body, name: name ?? caseNameOf(record) }
    const yaml = writeSuite(suiteFromRequest(given))
    if (!save) return { yaml, test: null }
    const at = timestamp(app.now())
    const test = await createRegressionTest(scope, {
      ...testFromRequest({ ...given, id: app.createId(), now: at }),
      groupId: null,
    })
    await appendAudit(scope, {
      at,
      actor: actorOf(exchange.caller),
      action: 'regression_test.create',
      target: test.id,
      after: { name: test.name, fromRequest: id },
      requestId,
    })
    return { yaml, test }
  })
  if (made.test) {
    app.events.publish(member().workspaceId, { topic: 'failures', type: 'test.created', id: made.test.id })
  }
  return made
})
