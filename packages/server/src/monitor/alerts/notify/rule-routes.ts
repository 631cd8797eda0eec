import {
  AssayError,
  createAlertRule,
  listAlertRules,
  MOST_ALERT_RULES,
  removeAlertRule,
  timestamp,
  updateAlertRule,
  type AlertRule,
} from '@assay/core'
import * as stored from '@assay/store'
import { implement } from '../../../http/implement.ts'
import { noteChange, refuseTwin } from './audited.ts'

export const onListAlertRules = implement(listAlertRules, async ({ inWorkspace }) => ({
  items: await inWorkspace(stored.listAlertRules),
}))

export const onCreateAlertRule = implement(createAlertRule, (exchange, { body }) => {
  const at = timestamp(exchange.app.now())
  const rule: AlertRule = { ...body, id: exchange.app.createId(), createdAt: at, updatedAt: at }
  return exchange.inWorkspace(async (scope) => {
    const others = await stored.listAlertRules(scope)
    refuseTwin('rule', others, rule)
    if (others.length >= MOST_ALERT_RULES) throw invalid('', `there are ${MOST_ALERT_RULES} rules already`)
    await refuseUnknownChannels(scope, rule.channelIds)
    await stored.insertAlertRule(scope, rule)
    await noteChange(exchange, scope, { action: 'alert_rule.create', target: rule.id, after: rule })
    return rule
  })
})

export const onUpdateAlertRule = implement(updateAlertRule, (exchange, { params: { id }, body }) =>
  exchange.inWorkspace(async (scope) => {
    const rules = await stored.listAlertRules(scope)
    const before = rules.find((rule) => rule.id === id)
    if (!before) throw unknown(id)
    const changes = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined))
    refuseTwin('rule', rules, { ...before, ...changes })
    if (body.channelIds) await refuseUnknownChannels(scope, body.channelIds)
    const after = await stored.updateAlertRule(scope, { id, changes, at: timestamp(exchange.app.now()) })
    await noteChange(exchange, scope, { action: 'alert_rule.update', target: id, before, after })
    return after!
  }),
)

export const onRemoveAlertRule = implement(removeAlertRule, (exchange, { params: { id } }) =>
  exchange.inWorkspace(async (scope) => {
    const before = await stored.removeAlertRule(scope, id)
    if (before === null) throw unknown(id)
    await noteChange(exchange, scope, { action: 'alert_rule.remove', target: id, before })
    return before
  }),
)

const refuseUnknownChannels = async (scope: stored.WorkspaceScope, ids: readonly string[]): Promise<void> => {
  const known = new Set((await stored.listAlertChannels(scope)).map(({ id }) => id))
  const missing = ids.find((id) => !known.has(id))
  if (missing !== undefined) throw new AssayError('resource.not_found', { what: 'alert channel', id: missing })
}

const unknown = (id: string): AssayError => new AssayError('resource.not_found', { what: 'alert rule', id })

const invalid = (path: string, message: string): AssayError =>
  new AssayError('input.invalid', { what: 'alert rule', issues: [{ path, message }] })
