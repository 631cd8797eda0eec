import {
  applyStrategy,
  armOf,
  matchesAny,
  MINUTE_MS,
  type ChatRequest,
  type Experiment,
  type ExperimentScope,
  type Strategy,
} from '@assay/core'
import * as stored from '@assay/store'
import type { App } from '../../app.ts'
import { keepRecent, type Recent } from '../../gateway/keys/recent.ts'
import { standing } from './run-experiment.ts'

/** An experiment that requests take part in. */
export type TrafficExperiment = Experiment & { scope: Extract<ExperimentScope, { source: 'traffic' }> }

/** Which experiments on traffic run in each workspace. */
export const createExperimentsBook = ({
  store,
  now,
}: Pick<App, 'store' | 'now'>): Recent<readonly TrafficExperiment[]> =>
  keepRecent({
    now,
    read: async (workspaceId) => {
      const query = { state: 'running', source: 'traffic', limit: 200 } as const
      const { items } = await store.inWorkspace(workspaceId, (scope) => stored.listExperiments(scope, query))
      return items.filter(isOnTraffic)
    },
  })

const isOnTraffic = (experiment: Experiment): experiment is TrafficExperiment => experiment.scope.source === 'traffic'

/** A request in its arm, and the tags by which its outcome is found; null for one that takes no part. */
export const assignArm = (
  experiments: readonly TrafficExperiment[],
  { request, unit, allowedModels = [] }: { request: ChatRequest; unit: string; allowedModels?: readonly string[] },
): { request: ChatRequest; arm: Strategy; tags: Record<string, string> } | null => {
  const mayAsk = ({ model }: Strategy): boolean =>
    model === undefined || !model.includes('/') || allowedModels.length === 0 || matchesAny(model, allowedModels)
  // A key that may not use every arm takes no part, or chance would refuse some of its requests.
  const experiment = experiments.find(({ arms, scope }) => scope.model === request.model && arms.every(mayAsk))
  if (experiment === undefined) return null
  const { id, arms, scope } = experiment
  const arm = armOf({ id, arms, share: scope.share }, unit)
  return arm && { request: applyStrategy(request, arm), arm, tags: { experiment: id, arm: arm.name } }
}

const LOOK_EVERY_MS = MINUTE_MS
const REQUESTS_AT_ONCE = 1_000

/** Counts the outcomes of requests that took part, every minute; answers how to stop. */
export const startExperimentWatch = (
  app: Pick<App, 'store' | 'now' | 'log' | 'experiments'>,
): (() => Promise<void>) => {
  let busy: Promise<void> = Promise.resolve()
  const tick = (): void => {
    busy = busy
      .then(() => watchExperiments(app))
      .catch((error: unknown) => app.log.error({ error }, 'experiments could not be judged'))
  }
  const timer = setInterval(tick, LOOK_EVERY_MS)
  return async () => {
    clearInterval(timer)
    await busy
  }
}

/** Looks at every workspace's experiments on traffic once. */
export const watchExperiments = async (app: Pick<App, 'store' | 'now' | 'experiments'>): Promise<void> => {
  for (const { id: workspaceId } of await app.store.inSystem(stored.listWorkspaces)) {
    for (const experiment of await app.experiments.read(workspaceId)) {
      await countOutcomes(app, { workspaceId, experiment })
      const state = await standing(app, { workspaceId, experimentId: experiment.id })
      if (state !== 'running') app.experiments.forget(workspaceId)
    }
  }
}

/** People take their time to say what they think; requests that old are looked at again. */
const FEEDBACK_MS = 24 * 60 * MINUTE_MS

const countOutcomes = async (
  { store, now }: Pick<App, 'store' | 'now'>,
  { workspaceId, experiment }: { workspaceId: string; experiment: TrafficExperiment },
): Promise<void> => {
  const { id, createdAt, scope } = experiment
  const isFeedback = scope.outcome === 'feedback'
  await store.inWorkspace(workspaceId, async (inScope) => {
    const seenUntil = (await stored.readSeenUntil(inScope, id)) ?? createdAt
    const query = { experimentId: id, since: seenUntil, limit: REQUESTS_AT_ONCE }
    const requests = await stored.listTriedRequests(inScope, query)
    await stored.saveObservations(
      inScope,
      id,
      requests.flatMap((request) => observationOf(request, isFeedback) ?? []),
    )
    const newest = requests.at(-1)
    if (newest === undefined) return
    const isFull = requests.length === REQUESTS_AT_ONCE
    const again = new Date(Math.max(Date.parse(createdAt), now() - FEEDBACK_MS)).toISOString()
    await stored.setSeenUntil(inScope, {
      id,
      seenUntil: isFeedback && !isFull && again < newest.at ? again : newest.at,
    })
  })
}

/** A conversation counts once, by the first of its requests that says anything. */
const observationOf = (
  { id, arm, unit, status, costNanoUsd, at, vote }: stored.TriedRequest,
  isFeedback: boolean,
): stored.NewObservation | null => {
  if (status === 'cancelled') return null
  const passed = status === 'completed' && vote !== 'down'
  if (isFeedback && vote === null && passed) return null
  return { arm, unit, passed, sourceId: id, costNanoUsd, at }
}
