import {
  AssayError,
  cancelRun,
  getRun,
  getRunResult,
  isEnded,
  listRunResults,
  listRuns,
  timestamp,
  updateRun,
  type Run,
} from '@assay/core'
import * as stored from '@assay/store'
import { actorOf } from '../http/caller.ts'
import { implement } from '../http/implement.ts'

export const onListRuns = implement(listRuns, ({ inWorkspace }, { query }) =>
  inWorkspace((scope) => stored.listRuns(scope, query)),
)

export const onGetRun = implement(getRun, ({ inWorkspace }, { params: { id } }) =>
  inWorkspace((scope) => requireRun(scope, id)),
)

export const onUpdateRun = implement(updateRun, (exchange, { params: { id }, body: { baselineOf } }) =>
  exchange.inWorkspace(async (scope) => {
    await requireRun(scope, id)
    const run = await stored.setBaseline(scope, { id, baselineOf })
    await stored.appendAudit(scope, {
      at: exchange.app.nowIso(),
      actor: actorOf(exchange.caller),
      action: 'run.baseline',
      target: id,
      after: { baselineOf },
      requestId: exchange.requestId,
    })
    return run!
  }),
)

/** Ends a run: one that waits at once, one that is being run as soon as its process sees it. */
export const onCancelRun = implement(cancelRun, (exchange, { params: { id } }) =>
  exchange.inWorkspace(async (scope) => {
    const { app, caller, requestId, member } = exchange
    const run = await stored.lockRun(scope, id)
    if (run === null) throw new AssayError('resource.not_found', { what: 'run', id })
    if (isEnded(run)) throw new AssayError('runs.ended', { id, status: run.status })
    const at = timestamp(app.now())
    const cancelled = await stored.updateRun(scope, { id, status: 'cancelled', finishedAt: at })
    const actor = actorOf(caller)
    await stored.appendAudit(scope, { at, actor, action: 'run.cancel', target: id, requestId })
    scope.afterCommit.push(() => app.events.publish(member().workspaceId, { topic: 'runs', type: 'run.finished', id }))
    return cancelled!
  }),
)

export const onListRunResults = implement(listRunResults, ({ inWorkspace }, { params: { id }, query }) =>
  inWorkspace(async (scope) => {
    await requireRun(scope, id)
    const { brief, ...filter } = query
    return stored.listRunResults(scope, { runId: id, isBrief: brief === 'true', ...filter })
  }),
)

export const onGetRunResult = implement(getRunResult, ({ inWorkspace }, { params: { id }, query }) =>
  inWorkspace(async (scope) => {
    await requireRun(scope, id)
    const result = await stored.findResult(scope, { runId: id, ...query })
    if (result === null) throw new AssayError('resource.not_found', { what: 'result', id: query.caseKey })
    return result
  }),
)

/** The run, or the answer that an id of nobody and one of somebody else get alike. */
export const requireRun = async (scope: stored.WorkspaceScope, id: string): Promise<Run> => {
  const run = await stored.findRun(scope, id)
  if (run === null) throw new AssayError('resource.not_found', { what: 'run', id })
  return run
}
