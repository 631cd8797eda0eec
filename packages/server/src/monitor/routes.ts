import {
  AssayError,
  getFailure,
  getFailureGroup,
  listFailureGroups,
  listFailures,
  sinceMs,
  timestamp,
  updateFailureGroup,
} from '@assay/core'
import * as stored from '@assay/store'
import { actorOf } from '../http/caller.ts'
import { implement } from '../http/implement.ts'

export const onListFailures = implement(listFailures, ({ app, inWorkspace }, { query: { since, ...query } }) =>
  inWorkspace((scope) =>
    stored.listFailures(scope, {
      ...query,
      since: since === undefined ? undefined : timestamp(sinceMs(since, app.now())),
    }),
  ),
)

export const onGetFailure = implement(getFailure, async ({ inWorkspace }, { params: { id } }) =>
  known('failure', id, await inWorkspace((scope) => stored.findFailure(scope, id))),
)

export const onListFailureGroups = implement(listFailureGroups, ({ inWorkspace }, { query }) =>
  inWorkspace((scope) => stored.listFailureGroups(scope, query)),
)

export const onGetFailureGroup = implement(getFailureGroup, async ({ inWorkspace }, { params: { id } }) =>
  known('failure group', id, await inWorkspace((scope) => stored.findFailureGroup(scope, id))),
)

export const onUpdateFailureGroup = implement(updateFailureGroup, (exchange, { params: { id }, body: { state } }) =>
  exchange.inWorkspace(async (scope) => {
    const at = timestamp(exchange.app.now())
    const group = known('failure group', id, await stored.updateFailureGroup(scope, { id, state, now: at }))
    await stored.appendAudit(scope, {
      at,
      actor: actorOf(exchange.caller),
      action: 'failure_group.update',
      target: id,
      after: { state },
      requestId: exchange.requestId,
    })
    return group
  }),
)

/** The found thing, or the answer that an id of nobody and one of somebody else get alike. */
const known = <Found>(what: string, id: string, found: Found | null): Found => {
  if (found === null) throw new AssayError('resource.not_found', { what, id })
  return found
}
