import { acknowledgeAlert, AssayError, listAlerts, timestamp } from '@assay/core'
import * as stored from '@assay/store'
import { actorOf } from '../../http/caller.ts'
import { implement } from '../../http/implement.ts'

export const onListAlerts = implement(listAlerts, ({ inWorkspace }, { query }) =>
  inWorkspace((scope) => stored.listAlerts(scope, query)),
)

export const onAcknowledgeAlert = implement(acknowledgeAlert, (exchange, { params: { id } }) =>
  exchange.inWorkspace(async (scope) => {
    const at = timestamp(exchange.app.now())
    const actor = actorOf(exchange.caller)
    const alert = await stored.acknowledgeAlert(scope, { id, actor, at })
    if (alert === null) throw new AssayError('resource.not_found', { what: 'alert', id })
    await stored.appendAudit(scope, {
      at,
      actor,
      action: 'alert.acknowledge',
      target: id,
      after: { rule: alert.rule, object: alert.object },
      requestId: exchange.requestId,
    })
    return alert
  }),
)
