import {
  applyStrategy,
  DEFAULT_EXPERIMENT_MODEL,
  isAssayError,
  NANO_USD_PER_USD,
  readExperiment,
  timestamp,
  type CaseResult,
  type Complete,
  type Experiment,
  type Strategy,
  type Suite,
} from '@assay/core'
import { runSuite } from '@assay/runner'
import * as stored from '@assay/store'
import { z } from 'zod'
import type { App } from '../../app.ts'
import { defineJob } from '../../jobs/define-job.ts'
import { targetsOf } from '../../suite/choose-targets.ts'

const GRACE_MS = 1_000

type Target = { workspaceId: string; experimentId: string }

/**
 * One experiment on a stored suite: case by case on each arm, until the arms are told apart. What was seen is stored as
 * it comes, so that an experiment that was cut goes on from there.
 */
export const runExperimentJob = defineJob({
  name: 'monitor.experiment',
  payload: z.object({ workspaceId: z.string(), experimentId: z.string() }),
  concurrency: 1,
  retryLimit: 3,
  async run(app, target, signal) {
    try {
      await tryCases(app, target, signal)
    } catch (error) {
      if (app.stopping.aborted || signal.aborted) throw error
      if (!isAssayError(error)) app.log.error({ ...target, error }, 'an experiment broke off')
      const reason = isAssayError(error) ? error.message : 'It broke off; the server log says why.'
      await end(app, target, { state: 'failed', reason })
    }
  },
})

const tryCases = async (app: App, target: Target, signal: AbortSignal): Promise<void> => {
  const { workspaceId, experimentId } = target
  const found = await app.store.inWorkspace(workspaceId, (scope) => stored.findExperiment(scope, experimentId))
  if (found === null || found.state !== 'running' || found.scope.source !== 'suite') return
  const { arms, scope } = found
  const { suite, models } = await suiteOf(app, workspaceId, scope.suiteId)
  const model = scope.model ?? models[0] ?? DEFAULT_EXPERIMENT_MODEL
  const seen = new Set((await observationsOf(app, target)).map(({ arm, unit }) => `${arm} ${unit}`))
  for (let repeat = 1; repeat <= scope.repeats; repeat++) {
    for (const one of suite.tests) {
      signal.throwIfAborted()
      const asked = { workspaceId, suite: { ...suite, tests: [one] }, model, repeat, signal }
      const results = await Promise.all(
        arms.map(async (arm) => ({ arm, results: await tryArm(app, { ...asked, arm, experimentId }) })),
      )
      await keep(app, target, { results, repeat, seen })
      if ((await standing(app, target)) !== 'running') return
    }
  }
  await end(app, target, { state: 'decided', reason: 'Every case was tried, and the arms could not be told apart.' })
}

const suiteOf = async (app: App, workspaceId: string, suiteId: string): Promise<{ suite: Suite; models: string[] }> => {
  const [kept, source] = await app.store.inWorkspace(workspaceId, async (scope) => {
    const suite = await stored.findSuite(scope, { id: suiteId })
    return [suite, suite && (await stored.findSource(scope, suite.sourceHash))] as const
  })
  if (kept === null || source === null) throw new Error(`the suite ${suiteId} is not there any more`)
  const { name, file, dialect, models } = kept
  return { suite: await app.suites.read({ name, source, file, dialect }), models }
}

const tryArm = async (
  app: App,
  parts: Pick<Target, 'workspaceId' | 'experimentId'> & {
    suite: Suite
    arm: Strategy
    model: string
    repeat: number
    signal: AbortSignal
  },
): Promise<CaseResult[]> => {
  const { workspaceId, experimentId, suite, arm, model, repeat, signal } = parts
  const results: CaseResult[] = []
  await runSuite(suite, {
    models: [arm.model ?? model],
    complete: asStrategy(app.completeFor(workspaceId, `${experimentId} ${arm.name} ${repeat}`), arm),
    targetOf: targetsOf(app, suite),
    sandbox: app.sandbox,
    signal,
    now: app.now,
    graceMs: GRACE_MS,
    onEvent: (event) => {
      if (event.event === 'result') results.push(event)
    },
  })
  return results
}

/** The model is chosen by the suite's runner; the rest of the strategy is put in here. */
const asStrategy =
  (complete: Complete, arm: Strategy): Complete =>
  (request, options) =>
    complete({ ...applyStrategy(request, arm), model: request.model }, options)

/** Keeps what was decided; what was skipped or could not be judged says nothing of an arm. */
const keep = (
  app: App,
  { workspaceId, experimentId }: Target,
  { results, repeat, seen }: { results: { arm: Strategy; results: CaseResult[] }[]; repeat: number; seen: Set<string> },
): Promise<void> => {
  const at = timestamp(app.now())
  const observations = results.flatMap(({ arm, results: ofArm }) =>
    ofArm
      .filter(({ status }) => status !== 'skipped' && status !== 'unscored')
      .map(({ caseKey, repeat: inCase, status, costNanoUsd }) => ({
        arm: arm.name,
        unit: `${caseKey} ${repeat}.${inCase}`,
        passed: status === 'passed',
        sourceId: null,
        costNanoUsd,
        at,
      })),
  )
  const fresh = observations.filter(({ arm, unit }) => !seen.has(`${arm} ${unit}`))
  const costNanoUsd = fresh.reduce((sum, one) => sum + (one.costNanoUsd ?? 0), 0)
  return app.store.inWorkspace(workspaceId, async (scope) => {
    await stored.saveObservations(scope, experimentId, fresh)
    const experiment = await stored.findExperiment(scope, experimentId)
    if (experiment === null) return
    await stored.updateExperiment(scope, { id: experimentId, costNanoUsd: experiment.costNanoUsd + costNanoUsd })
  })
}

/** Reads what was seen so far, and ends the experiment when that decides. */
export const standing = async (app: Pick<App, 'store' | 'now'>, target: Target): Promise<Experiment['state']> => {
  const { workspaceId, experimentId } = target
  const experiment = await app.store.inWorkspace(workspaceId, (scope) => stored.findExperiment(scope, experimentId))
  if (experiment === null) return 'stopped'
  if (experiment.state !== 'running') return experiment.state
  const { design, scope, costNanoUsd } = experiment
  const observations = await observationsOf(app, target)
  const { verdict, samples } = readExperiment({ ...experiment, isPairedByUnit: scope.source === 'suite' }, observations)
  const isSpent = scope.source === 'suite' && costNanoUsd >= scope.maxCostUsd * NANO_USD_PER_USD
  const reason = reasonOf({ verdict, isSpent, isFull: samples >= design.maxSamples })
  const isOver = verdict !== 'undecided' || isSpent || samples >= design.maxSamples
  await app.store.inWorkspace(workspaceId, (inScope) =>
    stored.updateExperiment(inScope, {
      id: experimentId,
      verdict,
      samples,
      reason,
      ...(isOver ? { state: 'decided' as const, endedAt: timestamp(app.now()) } : {}),
    }),
  )
  return isOver ? 'decided' : 'running'
}

const reasonOf = ({
  verdict,
  isSpent,
  isFull,
}: {
  verdict: Experiment['verdict']
  isSpent: boolean
  isFull: boolean
}) => {
  if (verdict !== 'undecided') return 'The evidence has crossed its bound.'
  if (isSpent) return 'What it may cost is spent, and the arms could not be told apart.'
  return isFull
    ? 'So many samples were allowed, and the arms could not be told apart.'
    : 'The evidence lies between its bounds.'
}

const observationsOf = ({ store }: Pick<App, 'store'>, { workspaceId, experimentId }: Target) =>
  store.inWorkspace(workspaceId, (scope) => stored.listObservations(scope, experimentId))

const end = async (
  app: App,
  { workspaceId, experimentId }: Target,
  changes: Pick<Experiment, 'state' | 'reason'>,
): Promise<void> => {
  const endedAt = timestamp(app.now())
  await app.store.inWorkspace(workspaceId, (scope) =>
    stored.updateExperiment(scope, { id: experimentId, ...changes, endedAt }),
  )
}
