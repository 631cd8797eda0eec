import { createHash } from 'node:crypto'
import {
  AssayError,
  createGatewayKey,
  listGatewayKeys,
  matchesAny,
  mintGatewayKey,
  revokeGatewayKey,
  scopesCover,
  timestamp,
  type GatewayKey,
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
  refuseWider(member(), body)
  const at = timestamp(app.now())
  const { key, prefix, last4 } = mintGatewayKey(app.randomBytes)
  const id = app.createId()
  const created: GatewayKey = {
    ...body,
    id,
    limitsId: id,
    prefix,
    last4,
    rotatedTo: null,
    revokedAt: null,
    lastUsedAt: null,
    createdAt: at,
  }
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

type Rights = Pick<GatewayKey, 'scopes' | 'allowedModels' | 'expiresAt'>

/** A person's rights are a role, which the route has asked for; a key's are its own three limits. */
const refuseWider = (member: Member, wanted: Rights): void => {
  if (member.kind !== 'key') return
  const missing = wanted.scopes.find((scope) => !scopesCover(member.scopes, scope))
  if (missing) throw new AssayError('access.scope_missing', { scope: missing })
  const model = widerModel(member.allowedModels, wanted.allowedModels)
  if (model !== undefined) throw new AssayError('access.model_not_allowed', { model })
  if (member.expiresAt !== null && !endsBy(wanted.expiresAt, member.expiresAt)) {
    const message = `must be given and no later than ${member.expiresAt}, when the calling key expires`
    throw new AssayError('input.invalid', { what: 'body', issues: [{ path: 'expiresAt', message }] })
  }
}

/** A wanted glob that allows more than the given ones: a glob read as a name fits only those that hold all of it. */
const widerModel = (given: readonly string[], wanted: readonly string[]): string | undefined => {
  if (given.length === 0) return undefined
  const asked = wanted.length === 0 ? ['*'] : wanted
  return asked.find((glob) => !matchesAny(glob, given))
}

const endsBy = (expiresAt: string | null, limit: string): boolean =>
  expiresAt !== null && Date.parse(expiresAt) <= Date.parse(limit)
