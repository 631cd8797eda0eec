import type { CaseResult } from '@assay/core'
import { findRun, saveResults, updateRun } from '@assay/store'
import type { App } from '../app.ts'
import type { RunSums } from './run-sums.ts'
import { storableResult } from './storable-result.ts'

const KEEP_EVERY_MS = 500
/** As many results as one transaction takes. */
const MOST_AT_ONCE = 500

/** Writes the results of a run as they come, and hears when the run is no longer to go on. */
export type ResultKeeper = AsyncDisposable & {
  add(result: CaseResult): void
  /** Aborted when the run was cancelled, or its results can no longer be written. */
  stopped: AbortSignal
  /** Writes what is there; throws what kept an earlier write from its end. */
  flush(): Promise<void>
}

type Target = { workspaceId: string; runId: string; startedAtMs: number; planned: number | null; sums: RunSums }

/** The keeper of a run that this process is at work on. */
export const keepResults = (
  app: Pick<App, 'store' | 'events' | 'now'>,
  { workspaceId, runId, startedAtMs, planned, sums }: Target,
): ResultKeeper => {
  const waiting: CaseResult[] = []
  const stop = new AbortController()
  let turn: Promise<void> = Promise.resolve()
  let failure: unknown = null

  const write = async (): Promise<void> => {
    const results = waiting.splice(0, MOST_AT_ONCE)
    const isGoingOn = await app.store.inWorkspace(workspaceId, async (scope) => {
      if (results.length === 0) return (await findRun(scope, runId))?.status === 'running'
      await saveResults(scope, runId, results)
      const run = await updateRun(scope, { id: runId, ...sums.fields(app.now() - startedAtMs) })
      return run?.status === 'running'
    })
    if (!isGoingOn) stop.abort()
    if (results.length === 0) return
    const counters = { done: sums.done(), ...(planned !== null && { planned }) }
    app.events.publish(workspaceId, { topic: 'runs', type: 'run.progress', id: runId, counters })
    if (waiting.length > 0) await write()
  }
  const flush = (): Promise<void> => (turn = turn.then(write))
  let isBusy = false
  const timer = setInterval(() => {
    if (isBusy) return
    isBusy = true
    flush()
      .catch((error: unknown) => {
        failure = error
        stop.abort()
      })
      .finally(() => (isBusy = false))
  }, KEEP_EVERY_MS)

  return {
    add: (result) => {
      const kept = storableResult(result)
      sums.add(kept)
      waiting.push(kept)
    },
    stopped: stop.signal,
    flush: async () => {
      if (failure !== null) throw failure
      await flush()
    },
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer)
      await turn.catch(() => {}) // It was told to whoever flushed.
    },
  }
}
