import {
  AssayError,
  getFailureGroup,
  listFailureFamilies,
  listFailureGroups,
  listGroupChanges,
  listSimilarGroups,
  mergeFailureGroup,
  splitFailureGroup,
  timestamp,
  undoGroupChange,
  updateFailureGroup,
  type FailureGroup,
} from '@assay/core'
import * as stored from '@assay/store'
import { actorOf } from '../../http/caller.ts'
import { implement, type Exchange } from '../../http/implement.ts'
import { createDueTest } from '../capture/reports.ts'
import { endNewsOfGroup } from '../alerts/tell-groups.ts'

export const onListFailureGroups = implement(listFailureGroups, ({ inWorkspace }, { query }) =>
  inWorkspace((scope) => stored.listFailureGroups(scope, query)),
)

export const onGetFailureGroup = implement(getFailureGroup, ({ inWorkspace }, { params: { id } }) =>
  inWorkspace(async (scope) => known(id, await stored.readFailureGroup(scope, id))),
)

export const onListFailureFamilies = implement(listFailureFamilies, async ({ inWorkspace }, { query }) => ({
  items: await inWorkspace((scope) => stored.listFailureFamilies(scope, query)),
}))

export const onListSimilarGroups = implement(listSimilarGroups, async ({ inWorkspace }, { params: { id } }) => ({
  items: await inWorkspace(async (scope) => {
    const group = known(id, await stored.findFailureGroup(scope, id))
    return stored.listSimilarGroups(scope, group.id)
  }),
}))

export const onUpdateFailureGroup = implement(updateFailureGroup, async (exchange, { params: { id }, body }) => {
  refusePast(exchange, body.mutedUntil)
  const group = await exchange.inWorkspace(async (scope) => {
    const at = timestamp(exchange.app.now())
    const before = known(id, await stored.findFailureGroup(scope, id))
    const after = known(id, await stored.updateFailureGroup(scope, { id, ...body, now: at }))
    if (after.state === 'resolved') await endNewsOfGroup(exchange.app, scope, after.id)
    await note(exchange, scope, {
      action: 'failure_group.update',
      target: after.id,
      before: { state: before.state, title: before.title },
      after: body,
    })
    return after
  })
  tell(exchange, [group.id])
  return group
})

export const onMergeFailureGroup = implement(
  mergeFailureGroup,
  async (exchange, { params: { id: from }, body: { into } }) => {
    const { app, caller, inWorkspace } = exchange
    const answer = await inWorkspace(async (scope) => {
      const by = { id: app.createId(), actor: actorOf(caller), at: timestamp(app.now()) }
      const change = await stored.mergeGroups(scope, { ...by, from, into })
      await endNewsOfGroup(app, scope, from)
      await note(exchange, scope, { action: 'failure_group.merge', target: from, after: { into, changeId: change.id } })
      return { change, group: await settled(exchange, scope, into), from: null }
    })
    tell(exchange, [from, into])
    return answer
  },
)

export const onSplitFailureGroup = implement(splitFailureGroup, async (exchange, { params: { id: from }, body }) => {
  const { app, caller, inWorkspace } = exchange
  const newGroupId = app.createId()
  const { fingerprints, failureIds, title } = body
  const answer = await inWorkspace(async (scope) => {
    const by = { id: app.createId(), actor: actorOf(caller), at: timestamp(app.now()) }
    const part = fingerprints ? { fingerprints } : { failureIds: failureIds ?? [] }
    const change = await stored.splitGroup(scope, { ...by, from, newGroupId, part, title, createId: app.createId })
    await note(exchange, scope, {
      action: 'failure_group.split',
      target: from,
      after: { into: newGroupId, changeId: change.id, ...part },
    })
    return {
      change,
      group: await settled(exchange, scope, newGroupId),
      from: await stored.findFailureGroup(scope, from),
    }
  })
  tell(exchange, [from, newGroupId])
  return answer
})

export const onUndoGroupChange = implement(undoGroupChange, async (exchange, { params: { id } }) => {
  const { app, caller, inWorkspace } = exchange
  const { change, groups } = await inWorkspace(async (scope) => {
    const undone = await stored.undoGroupChange(scope, { id, actor: actorOf(caller), at: timestamp(app.now()) })
    await note(exchange, scope, { action: `failure_group.undo_${undone.change.kind}`, target: id })
    return undone
  })
  tell(exchange, groups)
  return change
})

export const onListGroupChanges = implement(listGroupChanges, ({ inWorkspace }, { query }) =>
  inWorkspace((scope) => stored.listGroupChanges(scope, query)),
)

/** A group after its counts have changed by hand: with the test that has fallen due by that. */
export const settled = async (
  { app }: Pick<Exchange, 'app'>,
  scope: stored.WorkspaceScope,
  id: string,
): Promise<FailureGroup> => {
  const group = known(id, await stored.findFailureGroup(scope, id))
  const due = await createDueTest(app, scope, group, true)
  return due === null ? group : known(id, await stored.findFailureGroup(scope, id))
}

/** Pages hear of it at once. */
export const tell = ({ app, member }: Pick<Exchange, 'app' | 'member'>, groupIds: readonly string[]): void => {
  for (const id of new Set(groupIds)) {
    app.events.publish(member().workspaceId, { topic: 'failures', type: 'group.changed', id })
  }
}

/** Writes a change down, in its transaction. */
export const note = (
  { app, caller, requestId }: Exchange,
  scope: stored.WorkspaceScope,
  entry: Pick<stored.AuditEntry, 'action' | 'target' | 'before' | 'after'>,
): Promise<void> => stored.appendAudit(scope, { ...entry, at: timestamp(app.now()), actor: actorOf(caller), requestId })

const refusePast = ({ app }: Exchange, mutedUntil: string | undefined): void => {
  if (mutedUntil === undefined || Date.parse(mutedUntil) > app.now()) return
  throw new AssayError('input.invalid', {
    what: 'body',
    issues: [{ path: 'mutedUntil', message: `${mutedUntil} is over already` }],
  })
}

/** The found group, or the answer that an id of nobody and one of somebody else get alike. */
const known = <Found>(id: string, found: Found | null): Found => {
  if (found === null) throw new AssayError('resource.not_found', { what: 'failure group', id })
  return found
}
