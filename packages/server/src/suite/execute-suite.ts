import { isAssayError, isEnded, timestamp, type CaseResult, type Run, type Suite } from '@assay/core'
import { defaultJudges, resultKey, runSuite, type RunSummary } from '@assay/runner'
import * as stored from '@assay/store'
import { z } from 'zod'
import type { App } from '../app.ts'
import { defineJob } from '../jobs/define-job.ts'
import { createModelResolver } from '../vault/complete-for.ts'
import { missingHere } from './check-models.ts'
import { targetsOf } from './choose-targets.ts'
import { keepResults } from './keep-results.ts'
import { createRunSums, type RunSums } from './run-sums.ts'

type Target = { workspaceId: string; runId: string }

/** A cancelled run is seen to be within half a second, and its calls are broken off after this. */
const GRACE_MS = 1_000

/**
 * One queued run of a suite, by the very function that `assay test` calls. Results are stored as they come, so that a
 * run whose process ended goes on from there and pays for no answer twice.
 */
export const runSuiteJob = defineJob({
  name: 'suite.run',
  payload: z.object({ workspaceId: z.string(), runId: z.string() }),
  concurrency: 2,
  retryLimit: 3,
  async run(app, target, signal) {
    const run = await begin(app, target)
    if (run === null) return
    try {
      const isOver = await execute(app, { ...target, run, signal })
      if (!isOver && app.stopping.aborted) await handOver(app, target)
      else if (!isOver) signal.throwIfAborted()
    } catch (error) {
      if (app.stopping.aborted) return handOver(app, target)
      // What is refused now would be refused again.
      if (isAssayError(error, 'suite.invalid')) return end(app, target, { status: 'failed', error: error.message })
      // A job that lost its lease is another's now; anything else a person should see.
      if (!signal.aborted) {
        app.log.error({ runId: target.runId, error }, 'the run of a suite broke off')
        await end(app, target, { status: 'failed', error: 'The run broke off; the server log says why.' })
      }
      throw error
    }
  },
})

/** So long the copy of a job waits, for this process not to take it again before it has stopped. */
const HAND_OVER_MS = 3_000

/** Queues the rest for the next process, as a job of its own: to be stopped is no try that failed. */
const handOver = (app: App, payload: Target): Promise<void> =>
  app.store.inWorkspace(payload.workspaceId, (scope) =>
    app.store.jobs.enqueue(scope, runSuiteJob.name, payload, {
      retryLimit: runSuiteJob.retryLimit,
      delayMs: HAND_OVER_MS,
    }),
  )

/** Marks the run as running; null when it has ended. */
const begin = async (app: App, { workspaceId, runId }: Target): Promise<Run | null> => {
  const run = await app.store.inWorkspace(workspaceId, async (scope) => {
    const found = await stored.lockRun(scope, runId)
    // A run that an earlier try has marked as failed is tried again; one that was cancelled stays so.
    if (found === null || (isEnded(found) && found.status !== 'failed')) return null
    const startedAt = found.startedAt ?? timestamp(app.now())
    return stored.updateRun(scope, { id: runId, status: 'running', startedAt, finishedAt: null, error: null })
  })
  if (run) app.events.publish(workspaceId, { topic: 'runs', type: 'run.started', id: runId })
  return run
}

/** Runs what is left; false when it was stopped before its end, for another process to go on with. */
const execute = async (
  app: App,
  { run, signal, ...target }: Target & { run: Run; signal: AbortSignal },
): Promise<boolean> => {
  const { workspaceId, runId } = target
  const suite = await suiteOf(app, { workspaceId, run })
  const sums = createRunSums(run.models)
  const done = await doneBefore(app, { ...target, sums })
  const startedAtMs = Date.parse(run.startedAt ?? run.createdAt)
  await using keeper = keepResults(app, { ...target, startedAtMs, planned: run.planned, sums })
  const { text, tags, kinds, judge, maxRetries, maxCostUsd, maxTokens, maxDurationMs, failFast, ...how } = run.settings
  const configured = new Set(await app.credentials.configured(workspaceId))
  const summary = await runSuite(suite, {
    ...how,
    models: run.models,
    dialect: run.dialect ?? 'assay',
    filter: { text, tags, kinds },
    retries: maxRetries,
    complete: app.completeFor(workspaceId, runId),
    targetOf: targetsOf(app, suite),
    judges: await judgesOf(app, { workspaceId, judge }),
    sandbox: app.sandbox,
    missing: missingHere(configured),
    done,
    stops: { maxCostUsd, maxTokens, maxDurationMs, failFast },
    signal: AbortSignal.any([signal, keeper.stopped]),
    graceMs: GRACE_MS,
    now: app.now,
    onEvent: (event) => {
      if (event.event === 'result') keeper.add(withoutEvent(event))
    },
  })
  await keeper.flush()
  if (keeper.stopped.aborted) {
    const current = await app.store.inWorkspace(workspaceId, (scope) => stored.findRun(scope, runId))
    return current === null || isEnded(current)
  }
  if (summary.status === 'interrupted') return false
  await end(app, target, { status: 'completed', error: endedEarly(summary), sums, startedAtMs })
  return true
}

/** The models that judge where the suite names none: the one that was asked for, else by the keys of the workspace. */
export const judgesOf = async (
  app: App,
  { workspaceId, judge }: { workspaceId: string; judge: string | undefined },
) => {
  const { model, embedding } = await defaultJudges({ resolve: createModelResolver(app, workspaceId) })
  return { model: judge ?? model, embedding }
}

const endedEarly = ({ stopped }: RunSummary): string | null =>
  stopped === null ? null : `The run stopped at ${stopped}; the rest was skipped.`

const withoutEvent = ({ event: _event, ...result }: { event: 'result' } & CaseResult): CaseResult => result

/** The suite as it was when the run was asked for. */
const suiteOf = async (app: App, { workspaceId, run }: { workspaceId: string; run: Run }): Promise<Suite> => {
  const [source, file] = await app.store.inWorkspace(workspaceId, async (scope) => [
    run.sourceHash === null ? null : await stored.findSource(scope, run.sourceHash),
    await stored.findRunFile(scope, run.id),
  ])
  if (source === null || file === null) throw new Error(`the text of the suite of run ${run.id} is not there`)
  return app.suites.read({ name: run.name, source, file, dialect: run.dialect ?? undefined })
}

/** What an earlier try has stored, counted in. */
const doneBefore = async (
  app: App,
  { workspaceId, runId, sums }: Target & { sums: RunSums },
): Promise<Map<string, CaseResult>> => {
  const done = new Map<string, CaseResult>()
  let cursor: string | undefined
  do {
    const query = { runId, limit: 200, isBrief: true, cursor }
    const page = await app.store.inWorkspace(workspaceId, (scope) => stored.listRunResults(scope, query))
    for (const result of page.items) {
      done.set(resultKey(result), result)
      sums.add(result)
    }
    cursor = page.nextCursor ?? undefined
  } while (cursor !== undefined)
  return done
}

const end = async (
  app: App,
  { workspaceId, runId }: Target,
  result:
    | { status: 'completed'; error: string | null; sums: RunSums; startedAtMs: number }
    | { status: 'failed'; error: string },
): Promise<void> => {
  const now = app.now()
  const { status, error } = result
  const fields = result.status === 'completed' ? result.sums.fields(now - result.startedAtMs) : {}
  const changes = { id: runId, status, error, finishedAt: timestamp(now), ...fields }
  await app.store.inWorkspace(workspaceId, (scope) => stored.updateRun(scope, changes, { within: ['running'] }))
  app.events.publish(workspaceId, { topic: 'runs', type: 'run.finished', id: runId })
}
