import {
  AssayError,
  createGatewayKey,
  getGatewayKey,
  KeyPolicy,
  listGatewayKeys,
  mintGatewayKey,
  revokeGatewayKey,
  rotateGatewayKey,
  timestamp,
  updateGatewayKey,
  type BudgetState,
  type GatewayKey,
} from '@assay/core'
import * as stored from '@assay/store'
import { hashOfKey } from '../gateway/keys/key-cache.ts'
import { actorOf } from '../http/caller.ts'
import { implement, type Exchange } from '../http/implement.ts'
import { refusePast } from '../http/refuse-past.ts'
import { endOf, refuseWider } from './key-rights.ts'

export const onListGatewayKeys = implement(listGatewayKeys, ({ app, inWorkspace }, { query }) =>
  inWorkspace(async (scope) => {
    const { items, nextCursor } = await stored.listGatewayKeys(scope, query)
    const states = await stored.currentBudgets(scope, { now: app.now() })
    return { items: items.map((key) => ({ ...key, budget: budgetOf(key, states, app.now()) })), nextCursor }
  }),
)

export const onGetGatewayKey = implement(getGatewayKey, ({ app, inWorkspace }, { params: { id } }) =>
  inWorkspace(async (scope) => withBudget(scope, found(await stored.getGatewayKey(scope, { id }), id), app.now())),
)

/** Makes a key that may do no more than its maker. */
export const onCreateGatewayKey = implement(createGatewayKey, async (exchange, { body }) => {
  const { app, member, inWorkspace } = exchange
  refuseWider(member(), body)
  refusePast(body.expiresAt, app.now())
  const { name, ...policy } = body
  const { key, minted } = mint(exchange, { name, policy })
  const created = { ...minted, limitsId: minted.id }
  await inWorkspace(async (scope) => {
    await stored.insertGatewayKey(scope, { ...created, hash: hashOfKey(key) })
    await audit(exchange, scope, { action: 'gateway_key.create', target: created.id, after: told(created) })
  })
  return { ...created, key }
})

/** Changes a key; whoever changes one may not hold less than it may do before and after. */
export const onUpdateGatewayKey = implement(updateGatewayKey, async (exchange, { params: { id }, body }) => {
  const { app, member, inWorkspace } = exchange
  const changes = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined))
  const updated = await inWorkspace(async (scope) => {
    const before = found(await stored.getGatewayKey(scope, { id, lock: true }), id)
    refuseEnded(before, app.now())
    const wanted = { ...before, ...changes }
    refuseLoneBudget(wanted)
    refuseWider(member(), before)
    refuseWider(member(), wanted)
    const after = await stored.updateGatewayKey(scope, { id, changes })
    if (after.budgetNanoUsd !== null && after.budgetWindow !== null) {
      const budget = { limitNanoUsd: after.budgetNanoUsd, window: after.budgetWindow }
      await stored.changeLimit(scope, { limitsId: after.limitsId, budget, now: app.now() })
    }
    await audit(exchange, scope, {
      action: 'gateway_key.update',
      target: id,
      before: told(before),
      after: told(after),
    })
    return withBudget(scope, after, app.now())
  })
  app.keys.forget(id)
  return updated
})

/** Puts a new key with the same policy in the place of one; both share the limits and the budget. */
export const onRotateGatewayKey = implement(rotateGatewayKey, async (exchange, { params: { id }, body }) => {
  const { app, member, inWorkspace } = exchange
  const now = app.now()
  const shown = await inWorkspace(async (scope) => {
    const before = found(await stored.getGatewayKey(scope, { id, lock: true }), id)
    refuseEnded(before, now)
    refuseWider(member(), before)
    const { key, minted } = mint(exchange, { name: before.name, policy: policyOf(before) })
    const created = { ...minted, limitsId: before.limitsId }
    await stored.insertGatewayKey(scope, { ...created, hash: hashOfKey(key) })
    const ends = timestamp(Math.min(now + body.graceMs, before.expiresAt ? Date.parse(before.expiresAt) : Infinity))
    await stored.updateGatewayKey(scope, {
      id,
      changes: { rotatedTo: created.id, ...(body.graceMs === 0 ? { revokedAt: ends } : { expiresAt: ends }) },
    })
    await audit(exchange, scope, {
      action: 'gateway_key.rotate',
      target: id,
      before: told(before),
      after: { rotatedTo: created.id, graceMs: body.graceMs },
    })
    return { ...created, key }
  })
  app.keys.forget(id)
  return shown
})

export const onRevokeGatewayKey = implement(revokeGatewayKey, async (exchange, { params: { id } }) => {
  const { app, inWorkspace } = exchange
  const revoked = await inWorkspace(async (scope) => {
    const key = found(await stored.revokeGatewayKey(scope, { id, now: timestamp(app.now()) }), id)
    await audit(exchange, scope, { action: 'gateway_key.revoke', target: id, before: told(key) })
    return key
  })
  app.keys.forget(id)
  return revoked
})

const mint = ({ app }: Exchange, { name, policy }: { name: string; policy: KeyPolicy }) => {
  const { key, prefix, last4 } = mintGatewayKey(app.randomBytes)
  return {
    key,
    minted: {
      ...policy,
      id: app.createId(),
      name,
      prefix,
      last4,
      rotatedTo: null,
      revokedAt: null,
      lastUsedAt: null,
      createdAt: timestamp(app.now()),
    },
  }
}

const policyOf = (key: GatewayKey): KeyPolicy =>
  Object.fromEntries(Object.keys(KeyPolicy.shape).map((name) => [name, key[name as keyof KeyPolicy]])) as KeyPolicy

const found = (key: GatewayKey | null, id: string): GatewayKey => {
  if (key === null) throw new AssayError('resource.not_found', { what: 'gateway key', id })
  return key
}

const refuseEnded = (key: GatewayKey, now: number): void => {
  const state = endOf(key, now)
  if (state !== null) throw new AssayError('gateway.key_inactive', { id: key.id, state })
}

const refuseLoneBudget = ({ budgetNanoUsd, budgetWindow }: GatewayKey): void => {
  if ((budgetNanoUsd === null) === (budgetWindow === null)) return
  const message = 'is hour, day, month or total where there is a budget, and null where there is none'
  throw new AssayError('input.invalid', { what: 'body', issues: [{ path: 'budgetWindow', message }] })
}

const withBudget = async (scope: stored.WorkspaceScope, key: GatewayKey, now: number) => ({
  ...key,
  budget: budgetOf(key, await stored.currentBudgets(scope, { now, keyId: key.limitsId }), now),
})

const budgetOf = (key: GatewayKey, states: readonly BudgetState[], now: number): BudgetState | null => {
  const { limitsId: keyId, budgetNanoUsd: limitNanoUsd, budgetWindow: window } = key
  return limitNanoUsd === null || window === null ? null : stored.stateOf(states, { keyId, window, limitNanoUsd, now })
}

/** What the audit keeps of a key. */
const told = (key: GatewayKey) => ({ name: key.name, ...policyOf(key) })

/** Writes the change down, and tells the other processes of it. */
const audit = async (
  { app, caller, requestId }: Exchange,
  scope: stored.WorkspaceScope,
  entry: Pick<stored.AuditEntry, 'action' | 'target' | 'before' | 'after'>,
): Promise<void> => {
  await stored.appendAudit(scope, { at: timestamp(app.now()), actor: actorOf(caller), requestId, ...entry })
  await stored.announce(scope, { kind: 'gateway_key', workspaceId: scope.workspaceId, id: entry.target })
}
