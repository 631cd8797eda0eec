import { AssayError, forgetMasterKey, getMasterKeys, rotateMasterKey, timestamp } from '@assay/core'
import { appendAudit } from '@assay/store'
import { implement, type Exchange } from '../http/implement.ts'
import { auditOf } from './audit.ts'

export const onGetMasterKeys = implement(getMasterKeys, async (exchange) => {
  refuseTenant(exchange)
  return { keys: await exchange.app.vault.masterKeys.states() }
})

export const onRotateMasterKey = implement(rotateMasterKey, async (exchange) => {
  refuseTenant(exchange)
  const { masterKeys } = exchange.app.vault
  const rewrapped = await masterKeys.rotate()
  // From here on nothing rests on what the former key opened.
  exchange.app.vault.lock()
  const keys = await masterKeys.states()
  const current = keys.find(({ isCurrent }) => isCurrent)
  await note(exchange, { action: 'master_key.rotate', target: current?.id ?? '', after: { rewrapped } })
  return { keys, rewrapped }
})

export const onForgetMasterKey = implement(forgetMasterKey, async (exchange, { body: { keyId } }) => {
  refuseTenant(exchange)
  const { masterKeys } = exchange.app.vault
  await masterKeys.forget(keyId)
  await note(exchange, { action: 'master_key.forget', target: keyId })
  return { keys: await masterKeys.states() }
})

/** Master keys open every workspace: whoever runs the server, or owns the workspace it was made with, may turn them. */
const refuseTenant = ({ app, member }: Exchange): void => {
  const caller = member()
  const isOperator =
    caller.kind === 'local_owner' ||
    (caller.kind === 'key' ? caller.keyId === null : caller.workspaceId === app.local.workspace.id)
  if (!isOperator) throw new AssayError('access.operator_needed', {})
}

/** The operator's trail is the one of the workspace that the server was made with. */
const note = (exchange: Exchange, entry: { action: string; target: string; after?: unknown }): Promise<void> => {
  const { app } = exchange
  const line = auditOf(exchange, { ...entry, at: timestamp(app.now()) })
  return app.store.inWorkspace(app.local.workspace.id, (scope) => appendAudit(scope, line))
}
