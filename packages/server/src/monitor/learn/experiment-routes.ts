import {
  AssayError,
  createExperiment,
  getExperiment,
  listExperiments,
  readExperiment,
  removeExperiment,
  stopExperiment,
  type Experiment,
} from '@assay/core'
import * as stored from '@assay/store'
import { actorOf } from '../../http/caller.ts'
import { implement, type Exchange } from '../../http/implement.ts'
import { enqueue } from '../../jobs/enqueue.ts'
import { requireSuite } from '../../suite/suites.ts'
import { runExperimentJob } from './run-experiment.ts'

export const onListExperiments = implement(listExperiments, ({ inWorkspace }, { query }) =>
  inWorkspace((scope) => stored.listExperiments(scope, query)),
)

export const onCreateExperiment = implement(createExperiment, async (exchange, { body }) => {
  const { app, member } = exchange
  const { workspaceId } = member()
  const created = await exchange.inWorkspace(async (scope) => {
    if (body.scope.source === 'suite') await requireSuite(scope, body.scope.suiteId)
    else await refuseSecond(scope, body.scope.model)
    const experiment: Experiment = {
      ...body,
      id: app.createId(),
      state: 'running',
      verdict: 'undecided',
      reason: 'Nothing has been seen yet.',
      samples: 0,
      costNanoUsd: 0,
      createdAt: app.nowIso(),
      endedAt: null,
    }
    const kept = await stored.insertExperiment(scope, experiment)
    if (kept === null) throw new AssayError('experiment.name_taken', { name: body.name })
    if (body.scope.source === 'suite') {
      await enqueue(app, scope, runExperimentJob, { workspaceId, experimentId: kept.id })
    }
    await note(exchange, scope, 'experiment.create', kept)
    return kept
  })
  app.experiments.forget(workspaceId)
  return created
})

/** Two experiments on one model would try each other. */
const refuseSecond = async (scope: stored.WorkspaceScope, model: string): Promise<void> => {
  const { items } = await stored.listExperiments(scope, { state: 'running', source: 'traffic', limit: 200 })
  const other = items.find((one) => one.scope.source === 'traffic' && one.scope.model === model)
  if (other) throw new AssayError('experiment.model_taken', { model, name: other.name })
}

export const onGetExperiment = implement(getExperiment, ({ inWorkspace }, { params: { id } }) =>
  inWorkspace(async (scope) => {
    const experiment = known(id, await stored.findExperiment(scope, id))
    const observations = await stored.listObservations(scope, id)
    const isPairedByUnit = experiment.scope.source === 'suite'
    const { passed, path } = readExperiment({ ...experiment, isPairedByUnit }, observations)
    return { ...experiment, passed, path }
  }),
)

export const onStopExperiment = implement(stopExperiment, async (exchange, { params: { id } }) => {
  const { app, member } = exchange
  const stopped = await exchange.inWorkspace(async (scope) => {
    const before = known(id, await stored.findExperiment(scope, id))
    const changes = { state: 'stopped' as const, reason: 'It was stopped.', endedAt: app.nowIso() }
    const after = await stored.updateExperiment(scope, { id, ...changes })
    if (after === null) throw new AssayError('experiment.ended', { name: before.name, state: before.state })
    await note(exchange, scope, 'experiment.stop', after)
    return after
  })
  app.experiments.forget(member().workspaceId)
  return stopped
})

export const onRemoveExperiment = implement(removeExperiment, async (exchange, { params: { id } }) => {
  const removed = await exchange.inWorkspace(async (scope) => {
    const experiment = known(id, await stored.removeExperiment(scope, id))
    await note(exchange, scope, 'experiment.remove', experiment)
    return experiment
  })
  exchange.app.experiments.forget(exchange.member().workspaceId)
  return removed
})

const note = async (
  { app, caller, requestId }: Exchange,
  scope: stored.WorkspaceScope,
  action: string,
  { id, name, state }: Experiment,
): Promise<void> => {
  await stored.appendAudit(scope, {
    at: app.nowIso(),
    actor: actorOf(caller),
    action,
    target: id,
    after: { name, state },
    requestId,
  })
}

const known = (id: string, found: Experiment | null): Experiment => {
  if (found === null) throw new AssayError('resource.not_found', { what: 'experiment', id })
  return found
}
