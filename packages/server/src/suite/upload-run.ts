import { addRunResults, AssayError, finishRun, isEnded, newRun, uploadRun, type Run } from '@assay/core'
import * as stored from '@assay/store'
import { implement } from '../http/implement.ts'
import { once } from '../http/once.ts'
import { createRunSums } from './run-sums.ts'

/** Begins an upload: a run of a suite that this server may know by its name. */
export const onUploadRun = implement(uploadRun, (exchange, { body }) =>
  once(exchange, { contract: uploadRun, input: body }, async () => async (scope) => {
    const { app, member } = exchange
    const { planned = null, seed = null, ...given } = body
    const suite = await stored.findSuite(scope, { name: body.name })
    const run = newRun({
      ...given,
      planned,
      seed,
      id: app.createId(),
      suiteId: suite?.id ?? null,
      provenance: 'self_reported',
      status: 'running',
      createdAt: app.nowIso(),
    })
    await stored.insertRun(scope, run)
    scope.afterCommit.push(() =>
      app.events.publish(member().workspaceId, { topic: 'runs', type: 'run.started', id: run.id }),
    )
    return run
  }),
)

export const onAddRunResults = implement(addRunResults, ({ app, member, inWorkspace }, { params: { id }, body }) =>
  inWorkspace(async (scope) => {
    await requireUpload(scope, id)
    await stored.saveResults(scope, id, body.results)
    scope.afterCommit.push(() => app.events.publish(member().workspaceId, { topic: 'runs', type: 'run.progress', id }))
    return { stored: body.results.length }
  }),
)

/** The sums are made here, of what was stored: what the sender says of them counts for nothing. */
export const onFinishRun = implement(finishRun, ({ app, member, inWorkspace }, { params: { id }, body }) =>
  inWorkspace(async (scope) => {
    const run = await requireUpload(scope, id)
    const { status, error, finishedAt } = body
    const sums = createRunSums(run.models)
    let cursor: string | undefined
    do {
      const page = await stored.listRunResults(scope, { runId: id, limit: 1_000, isBrief: true, cursor })
      for (const result of page.items) sums.add(result)
      cursor = page.nextCursor ?? undefined
    } while (cursor !== undefined)
    const tookMs = Date.parse(finishedAt) - Date.parse(run.startedAt ?? finishedAt)
    const fields = sums.fields(body.durationMs ?? Math.max(0, tookMs))
    const ended = await stored.updateRun(scope, { id, status, error, finishedAt, planned: sums.done(), ...fields })
    scope.afterCommit.push(() => app.events.publish(member().workspaceId, { topic: 'runs', type: 'run.finished', id }))
    return ended!
  }),
)

/** The run, held until the end of the transaction, as long as its sender may still write to it. */
const requireUpload = async (scope: stored.WorkspaceScope, id: string): Promise<Run> => {
  const run = await stored.lockRun(scope, id)
  if (run === null) throw new AssayError('resource.not_found', { what: 'run', id })
  if (run.provenance !== 'self_reported') throw new AssayError('runs.not_uploaded', { id })
  if (isEnded(run)) throw new AssayError('runs.ended', { id, status: run.status })
  return run
}
