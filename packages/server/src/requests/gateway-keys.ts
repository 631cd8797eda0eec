import { createHash } from 'node:crypto'
import {
  AssayError,
  createGatewayKey,
  listGatewayKeys,
  mintGatewayKey,
  revokeGatewayKey,
  scopesCover,
  timestamp,
  type GatewayKey,
  type Scope,
} from '@assay/core'
import * as stored from '@assay/store'
import { actorOf, type Member } from '../http/caller.ts'
import { implement } from '../http/implement.ts'

export const onListGatewayKeys = implement(listGatewayKeys, ({ inWorkspace }, { query }) =>
  inWorkspace((scope) => stored.listGatewayKeys(scope, query)),
)

/** Makes a key that may do no more than its maker. */
export const onCreateGatewayKey = implement(createGatewayKey, async (exchange, { body }) => {
  const { app, member, inWorkspace, requestId } = exchange
  refuseWiderScopes(member(), body.scopes)
  const at = timestamp(app.now())
  const { key, prefix, last4 } = mintGatewayKey(app.randomBytes)
  const created: GatewayKey = { id: app.createId(), ...body, prefix, last4, revokedAt: null, createdAt: at }
  await inWorkspace(async (scope) => {
    await stored.insertGatewayKey(scope, { ...created, hash: createHash('sha256').update(key).digest() })
    await stored.appendAudit(scope, {
      at,
      actor: actorOf(exchange.caller),
      action: 'gateway_key.create',
      target: created.id,
      after: { name: created.name, scopes: created.scopes, allowedModels: created.allowedModels },
      requestId,
    })
  })
  return { ...created, key }
})

export const onRevokeGatewayKey = implement(revokeGatewayKey, async (exchange, { params: { id } }) => {
  const { app, inWorkspace, requestId } = exchange
  const at = timestamp(app.now())
  const revoked = await inWorkspace(async (scope) => {
    const key = await stored.revokeGatewayKey(scope, { id, now: at })
    if (key === null) throw new AssayError('resource.not_found', { what: 'gateway key', id })
    await stored.appendAudit(scope, {
      at,
      actor: actorOf(exchange.caller),
      action: 'gateway_key.revoke',
      target: id,
      before: { name: key.name, scopes: key.scopes },
      requestId,
    })
    return key
  })
  app.keys.forget(id)
  return revoked
})

const refuseWiderScopes = (member: Member, wanted: readonly Scope[]): void => {
  if (member.kind !== 'key') return
  const missing = wanted.find((scope) => !scopesCover(member.scopes, scope))
  if (missing) throw new AssayError('access.scope_missing', { scope: missing })
}
