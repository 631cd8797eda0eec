import {
  AssayError,
  createGuard,
  defineGuard,
  isAssayError,
  listGuards,
  MOST_GUARDS,
  orderGuards,
  removeGuard,
  timestamp,
  tryGuards,
  updateGuard,
  type Guard,
  type GuardDefinition,
  type GuardReply,
  type GuardTrial,
} from '@assay/core'
import * as stored from '@assay/store'
import { actorOf } from '../http/caller.ts'
import { implement, type Exchange } from '../http/implement.ts'
import { passAll } from './guard-set.ts'
import { createJudges } from './judges.ts'
import { compileScan } from './scan.ts'

export const onListGuards = implement(listGuards, async ({ inWorkspace }) => ({
  items: (await inWorkspace(stored.listGuards)).map(toReply),
}))

export const onCreateGuard = implement(createGuard, async (exchange, { body }) => {
  const { app, inWorkspace } = exchange
  const at = timestamp(app.now())
  const guard: Guard = {
    ...(await checked(exchange, defineGuard(body))),
    id: app.createId(),
    createdAt: at,
    updatedAt: at,
  }
  await inWorkspace(async (scope) => {
    const others = await stored.listGuards(scope)
    refuseTwin(others, guard)
    if (others.length >= MOST_GUARDS) throw invalid('', `there are ${MOST_GUARDS} guards already`)
    await stored.insertGuard(scope, { guard, place: others.length })
    await note(exchange, scope, { action: 'guard.create', target: guard.id, after: guard })
  })
  return changed(exchange, guard)
})

export const onUpdateGuard = implement(updateGuard, async (exchange, { params: { id }, body }) => {
  const { app, inWorkspace } = exchange
  const before = await found(exchange, id)
  const { id: _id, createdAt: _createdAt, updatedAt: _updatedAt, ...definition } = before
  const given = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined))
  const wanted = await checked(exchange, defineGuard({ ...definition, ...given }))
  const guard = await inWorkspace(async (scope) => {
    refuseTwin(await stored.listGuards(scope), { ...wanted, id })
    const after = await stored.updateGuard(scope, { id, definition: wanted, now: timestamp(app.now()) })
    if (after === null) throw unknown(id)
    await note(exchange, scope, { action: 'guard.update', target: id, before, after })
    return after
  })
  return changed(exchange, guard)
})

export const onRemoveGuard = implement(removeGuard, async (exchange, { params: { id } }) => {
  const guard = await exchange.inWorkspace(async (scope) => {
    const before = await stored.removeGuard(scope, id)
    if (before === null) throw unknown(id)
    await note(exchange, scope, { action: 'guard.remove', target: id, before })
    return before
  })
  return changed(exchange, guard)
})

export const onOrderGuards = implement(orderGuards, async (exchange, { body: { ids } }) => {
  const guards = await exchange.inWorkspace(async (scope) => {
    const before = (await stored.listGuards(scope)).map(({ id }) => id)
    if (before.length !== ids.length || new Set(ids).size !== ids.length || !before.every((id) => ids.includes(id))) {
      throw invalid('ids', 'are not the ids of all guards, each once')
    }
    await stored.orderGuards(scope, ids)
    await note(exchange, scope, { action: 'guard.order', target: 'guards', before, after: ids })
    return stored.listGuards(scope)
  })
  exchange.app.guards.forget(exchange.member().workspaceId)
  return { items: guards.map(toReply) }
})

export const onTryGuards = implement(tryGuards, async (exchange, { body }): Promise<GuardTrial> => {
  const { text, when, keyId, guards: written } = body
  const guards = written
    ? await Promise.all(written.map((guard) => checked(exchange, defineGuard(guard))))
    : (await exchange.inWorkspace(stored.listGuards)).filter((guard) => guard.keyId === null || guard.keyId === keyId)
  const looking = guards.filter((guard) => guard.enabled && guard.when === when)
  const flags: string[] = []
  try {
    const passed = await passAll(looking, { judges: judgesOf(exchange), flags, text })
    return { outcome: passed === text ? 'passed' : 'changed', text: passed, blockedBy: null, flags }
  } catch (error) {
    if (!isAssayError(error, 'gateway.guard_blocked')) throw error
    return { outcome: 'blocked', text: null, blockedBy: error.details.guard, flags }
  }
})

/** Throws for what could never look: a pattern that does not compile, a schema that is none, a foreign key. */
const checked = async (exchange: Exchange, definition: GuardDefinition): Promise<GuardDefinition> => {
  if (definition.kind === 'regex') compileScan(definition.options.pattern, definition.options)
  if (definition.kind === 'json_schema') {
    const outcome = await exchange.app.sandbox.schema({ schema: definition.options.schema, texts: ['null'] })
    if ('problem' in outcome) throw invalid('options.schema', outcome.problem)
  }
  const { keyId } = definition
  if (keyId !== null) {
    const key = await exchange.inWorkspace((scope) => stored.getGatewayKey(scope, { id: keyId }))
    if (key === null) throw new AssayError('resource.not_found', { what: 'gateway key', id: keyId })
    // The first of a line of rotated keys stands for all of them.
    return { ...definition, keyId: key.limitsId }
  }
  return definition
}

const found = async ({ inWorkspace }: Exchange, id: string): Promise<Guard> => {
  const guard = (await inWorkspace(stored.listGuards)).find((candidate) => candidate.id === id)
  if (!guard) throw unknown(id)
  return guard
}

const changed = ({ app, member }: Exchange, guard: Guard): GuardReply => {
  app.guards.forget(member().workspaceId)
  return toReply(guard)
}

const judgesOf = ({ app, member }: Exchange) =>
  createJudges(
    { sandbox: app.sandbox, egress: app.egress, resolve: (id, provider) => app.credentials.resolve(id, provider) },
    member().workspaceId,
  )

const refuseTwin = (guards: readonly Guard[], { id, name }: Pick<Guard, 'id' | 'name'>): void => {
  if (guards.some((other) => other.name === name && other.id !== id))
    throw new AssayError('guards.name_taken', { name })
}

const unknown = (id: string): AssayError => new AssayError('resource.not_found', { what: 'guard', id })

const invalid = (path: string, message: string): AssayError =>
  new AssayError('input.invalid', { what: 'guard', issues: [{ path, message }] })

const toReply = (guard: Guard): GuardReply => guard

/** Writes the change down, and tells the other processes of it. */
const note = async (
  { app, caller, requestId, remoteAddress }: Exchange,
  scope: stored.WorkspaceScope,
  entry: Pick<stored.AuditEntry, 'action' | 'target' | 'before' | 'after'>,
): Promise<void> => {
  const at = timestamp(app.now())
  const ip = remoteAddress === null ? {} : { ip: remoteAddress }
  await stored.appendAudit(scope, { ...entry, at, actor: actorOf(caller), requestId, ...ip })
  await stored.announce(scope, { kind: 'guard', workspaceId: scope.workspaceId, id: entry.target })
}
