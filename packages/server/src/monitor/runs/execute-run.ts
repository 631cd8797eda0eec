import {
  addToTotals,
  formatUsd,
  NANO_USD_PER_USD,
  emptyTotals,
  isInfrastructure,
  timestamp,
  totalsOf,
  type CaseResult,
  type RegressionTest,
  type Run,
} from '@assay/core'
import * as stored from '@assay/store'
import { z } from 'zod'
import type { App } from '../../app.ts'
import type { BreakerStatus } from '../../gateway/attempt/breaker.ts'
import { defineJob } from '../../jobs/define-job.ts'
import { readAll } from '../../read-all.ts'
import { executeTest, type Allowance, type Tried } from './execute-test.ts'
import { watchSpeed } from '../learn/trend.ts'
import { scoreOutcome } from './score-outcome.ts'
import { tellOfRun } from '../alerts/tell-tests.ts'

const TESTS_AT_ONCE = 4

type Target = { workspaceId: string; runId: string }

const Payload = z.object({
  workspaceId: z.string(),
  runId: z.string(),
  testIds: z.array(z.string()),
  release: z.string().nullable().default(null),
  maxCostUsd: z.number().nullable().default(null),
  reruns: z.int().optional(),
  isVerification: z.boolean().default(false),
})
type Payload = z.infer<typeof Payload>

/**
 * One queued run of regression tests. Each answer is stored as it comes, so that a run that was killed goes on from
 * there; scores move at the end, once per test and run, whatever is repeated.
 */
export const runRegressionTestsJob = defineJob({
  name: 'monitor.run_tests',
  payload: Payload,
  concurrency: 2,
  retryLimit: 3,
  async run(app, payload, signal) {
    const { workspaceId, release, isVerification } = payload
    const run = await begin(app, payload)
    if (run === null) return
    try {
      const outcomes = await executeAll(app, { ...payload, signal })
      if (outcomes === null) return
      const isFault =
        isInfrastructure(outcomes.map(({ tried }) => tried.outcome)) || isCircuitOpen(app.breakers.of(), outcomes)
      for (const { test, tried } of outcomes) {
        const outcome = isFault ? 'infrastructure' : tried.outcome
        await scoreOutcome(app, { workspaceId, run, test, tried, outcome, release, isVerification, signal })
        await watchSpeed(app, { workspaceId, test, run })
      }
      await finish(app, payload, { status: 'completed', outcomes, isFault })
    } catch (error) {
      if (app.stopping.aborted) return handOver(app, payload)
      // A job that lost its lease is another's now; anything else a person should see.
      if (!signal.aborted) {
        app.log.error({ runId: payload.runId, error }, 'a run of regression tests broke off')
        await finish(app, payload, { status: 'failed', error: 'The run broke off; the server log says why.' })
      }
      throw error
    }
  },
})

/** So long the copy of a job waits, for this process not to take it again before it has stopped. */
const HAND_OVER_MS = 3_000

/** Queues the rest for the next process, as a job of its own: to be stopped is no try that failed. */
const handOver = (app: App, payload: Payload): Promise<void> => {
  const { name, retryLimit } = runRegressionTestsJob
  return app.store.inWorkspace(payload.workspaceId, (scope) =>
    app.store.jobs.enqueue(scope, name, payload, { retryLimit, delayMs: HAND_OVER_MS }),
  )
}

/** Marks the run as running; null when an earlier attempt has finished it. */
const begin = (app: App, { workspaceId, runId }: Target): Promise<Run | null> =>
  app.store.inWorkspace(workspaceId, async (scope) => {
    const run = await stored.findRun(scope, runId)
    if (run === null || run.status === 'completed' || run.status === 'cancelled') return null
    const startedAt = run.startedAt ?? timestamp(app.now())
    await stored.updateRun(scope, { id: runId, status: 'running', startedAt, error: null })
    return { ...run, status: 'running', startedAt }
  })

type Executed = { test: RegressionTest; tried: Tried }

/** All tests, a few at once, each from where an earlier attempt of the job has left it; null when it was cancelled. */
const executeAll = async (
  app: App,
  { workspaceId, runId, testIds, signal: outer, ...options }: Payload & { signal: AbortSignal },
): Promise<Executed[] | null> => {
  const earlier = Map.groupBy(await everyResult(app, { workspaceId, runId }), ({ caseKey }) => caseKey)
  const waiting = [...testIds]
  const executed: Executed[] = []
  const allowance = allowanceOf(options, [...earlier.values()].flat())
  using cancelled = watchCancelled(app, { workspaceId, runId })
  const signal = AbortSignal.any([outer, cancelled.signal])
  const work = async (): Promise<void> => {
    for (let testId = waiting.shift(); testId !== undefined; testId = waiting.shift()) {
      await cancelled.look()
      signal.throwIfAborted()
      const id = testId
      const test = await app.store.inWorkspace(workspaceId, (scope) => stored.findRegressionTest(scope, id))
      if (test === null) continue
      const results = earlier.get(id)?.toSorted((a, b) => a.repeat - b.repeat) ?? []
      executed.push({ test, tried: await executeTest(app, { workspaceId, runId, test, results, signal, allowance }) })
    }
  }
  const ended = await Promise.allSettled(Array.from({ length: TESTS_AT_ONCE }, work))
  if (cancelled.signal.aborted && !outer.aborted) return null
  const failed = ended.find((one) => one.status === 'rejected')
  if (failed) throw failed.reason
  return executed
}

/** What the tests of a run may ask in all, what an earlier process has spent included. */
const allowanceOf = (
  { reruns, maxCostUsd, isVerification }: Pick<Payload, 'reruns' | 'maxCostUsd' | 'isVerification'>,
  before: readonly CaseResult[],
): Allowance => {
  let spentNanoUsd = before.reduce((sum, { costNanoUsd }) => sum + (costNanoUsd ?? 0), 0)
  return {
    reruns,
    isVerification,
    refusal: () =>
      maxCostUsd !== null && spentNanoUsd >= maxCostUsd * NANO_USD_PER_USD
        ? `The run has spent its ${formatUsd(maxCostUsd * NANO_USD_PER_USD)}; allow more with maxCostUsd.`
        : null,
    spent: (costNanoUsd) => void (spentNanoUsd += costNanoUsd),
  }
}

/** True when what failed has a provider that the gateway stays away from: then it is not the product either. */
const isCircuitOpen = (breakers: readonly BreakerStatus[], executed: readonly Executed[]): boolean => {
  const open = new Set(breakers.filter(({ state }) => state === 'open').map(({ provider }) => provider))
  return executed.some(({ test: { target }, tried }) => {
    if (tried.outcome !== 'fail' || (target.kind !== 'model' && target.kind !== 'gateway')) return false
    return open.has(target.model.split('/', 1)[0] ?? '')
  })
}

const LOOK_EVERY_MS = 500

/** Sees that a run was cancelled, also while its tests wait for an answer. */
const watchCancelled = (
  { store }: Pick<App, 'store'>,
  { workspaceId, runId }: Target,
): Disposable & { signal: AbortSignal; look(): Promise<void> } => {
  const stop = new AbortController()
  const look = async (): Promise<void> => {
    const run = await store.inWorkspace(workspaceId, (scope) => stored.findRun(scope, runId))
    if (run?.status === 'cancelled') stop.abort()
  }
  // A look that fails is followed by another one.
  const timer = setInterval(() => void look().catch(() => {}), LOOK_EVERY_MS)
  return { signal: stop.signal, look, [Symbol.dispose]: () => clearInterval(timer) }
}

const finish = async (
  app: App,
  { workspaceId, runId }: Target,
  result:
    | { status: 'completed'; outcomes: readonly Executed[]; isFault: boolean }
    | { status: 'failed'; error: string },
): Promise<void> => {
  const finishedAt = timestamp(app.now())
  await app.store.inWorkspace(workspaceId, async (scope) => {
    const run = await stored.updateRun(
      scope,
      {
        id: runId,
        finishedAt,
        ...(result.status === 'failed'
          ? { status: result.status, error: result.error }
          : { status: result.status, error: null, ...sumOf(result.outcomes) }),
      },
      { within: ['running'] },
    )
    if (run === null || result.status === 'failed') return
    const { outcomes, isFault } = result
    const failed = outcomes.filter(({ tried }) => tried.outcome !== 'pass' && tried.outcome !== 'flaky').length
    await tellOfRun(app, scope, { run, isInfrastructure: isFault, failed, tests: outcomes.length })
  })
  app.events.publish(workspaceId, { topic: 'runs', type: 'run.finished', id: runId })
}

/** Each test counts by its last attempt. */
const sumOf = (outcomes: readonly Executed[]): Pick<Run, 'totals' | 'costNanoUsd'> => {
  const sum = emptyTotals()
  for (const { tried } of outcomes) for (const result of tried.results.slice(-1)) addToTotals(sum, result)
  const totals = totalsOf(sum)
  return { totals, costNanoUsd: totals.costNanoUsd }
}

const everyResult = (app: App, { workspaceId, runId }: Target): Promise<CaseResult[]> =>
  app.store.inWorkspace(workspaceId, (scope) => readAll((page) => stored.listRunResults(scope, { runId, ...page })))
