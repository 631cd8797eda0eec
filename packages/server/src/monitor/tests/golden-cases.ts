import {
  acceptGoldenCase,
  AssayError,
  caseNameOf,
  dismissGoldenCase,
  listGoldenCases,
  testFromRequest,
  type GoldenCase,
} from '@assay/core'
import * as stored from '@assay/store'
import { implement } from '../../http/implement.ts'
import { actorOf } from '../../http/caller.ts'
import { requestWithBody } from '../../requests/routes.ts'
import { noteTest } from './test-audit.ts'

export const onListGoldenCases = implement(listGoldenCases, ({ inWorkspace }, { query }) =>
  inWorkspace((scope) => stored.listGoldenCases(scope, query)),
)

/** The prompt asks again from now on; what its answer shows must be shown again. */
export const onAcceptGoldenCase = implement(acceptGoldenCase, (exchange, { params: { id }, body: { name } }) =>
  exchange.inWorkspace(async (scope) => {
    const { app, member } = exchange
    const offer = await requireOffer(scope, id)
    const { record, body } = await requestWithBody(scope, offer.requestId)
    const made = testFromRequest({
      record,
      body,
      name: name ?? caseNameOf(record),
      id: app.createId(),
      now: app.nowIso(),
    })
    const test = await stored.createRegressionTest(scope, {
      ...made,
      origin: 'feedback',
      tags: [...new Set([...made.tags, 'golden'])],
      stateReason: `Made of an answer that ${offer.ups} voices liked; not yet seen to fail.`,
      groupId: null,
    })
    await stored.decideGoldenCase(scope, { id, state: 'accepted', testId: test.id, updatedAt: app.nowIso() })
    await noteTest(scope, exchange, { action: 'golden_case.accept', after: test })
    const { workspaceId } = member()
    scope.afterCommit.push(() =>
      app.events.publish(workspaceId, { topic: 'failures', type: 'test.created', id: test.id }),
    )
    return test
  }),
)

export const onDismissGoldenCase = implement(dismissGoldenCase, (exchange, { params: { id } }) =>
  exchange.inWorkspace(async (scope) => {
    const offer = await requireOffer(scope, id)
    const updatedAt = exchange.app.nowIso()
    await stored.decideGoldenCase(scope, { id, state: 'dismissed', testId: null, updatedAt })
    await stored.appendAudit(scope, {
      at: updatedAt,
      actor: actorOf(exchange.caller),
      action: 'golden_case.dismiss',
      target: id,
      requestId: exchange.requestId,
    })
    return { ...offer, state: 'dismissed' as const, updatedAt }
  }),
)

const requireOffer = async (scope: stored.WorkspaceScope, id: string): Promise<GoldenCase> => {
  const offer = await stored.lockGoldenCase(scope, id)
  if (offer === null) throw new AssayError('resource.not_found', { what: 'golden case', id })
  if (offer.state !== 'offered')
    throw new AssayError('monitor.test_state', {
      name: offer.promptPreview || id,
      state: offer.state,
      wanted: 'decided again',
    })
  return offer
}
