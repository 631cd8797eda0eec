import { setTimeout as sleep } from 'node:timers/promises'
import type { Complete, PlannedCase } from '@assay/core'
import { createPanel, type Panel } from './judge/panel.ts'
import { createSharedVerdicts } from './judge/shared-verdicts.ts'
import { createLine, inLine, type Line } from './line.ts'
import { withRetry, type RetryOptions } from './retry.ts'
import type { Again, RunOptions } from './run-options.ts'

/** The ways to the models of a run: calls to one stand in one line, whoever makes them. */
export type RunLines = {
  lineOf(modelId: string): Line
  /** Makes calls again that failed for now; the line of their model learns from it. */
  again(given: Attempts): Again
  /** Calls by way of the cache, with retries. */
  through(next: Complete, given: Attempts & { repeat: number | string }): Complete
  /** The judges of one case. */
  panelOf(planned: PlannedCase, signal: AbortSignal): Panel
}

type Attempts = { line: Line; onAttempt?: ((attempt: number) => void) | undefined }

/** Opens them; `onFree` is told of places that nobody waits for. */
export const createRunLines = (options: RunOptions, onFree: () => void): RunLines => {
  const { complete, askJudge = complete, judges = { model: null, embedding: null }, cache, concurrency = 50 } = options
  const { now, retries = 3, random = Math.random } = options
  const lines = new Map<string, Line>()
  const plainJudges = new Set<string>()
  const sharedVerdicts = createSharedVerdicts()

  const lineOf = (modelId: string): Line => {
    const known = lines.get(modelId)
    if (known) return known
    const line = createLine({ ceiling: concurrency, now, onFree })
    lines.set(modelId, line)
    return line
  }

  const again = ({ line, onAttempt }: Attempts): Again => {
    let startedAtMs = now()
    return (next) =>
      withRetry(next, {
        retries,
        random,
        sleep: options.sleep ?? sleepUntil,
        onAttempt: (attempt) => {
          startedAtMs = now()
          onAttempt?.(attempt)
        },
        onFailure: ({ isOverload, retryAfterMs }) => {
          if (isOverload) line.lane.onOverload({ startedAtMs, retryAfterMs })
        },
      })
  }

  const through: RunLines['through'] = (next, { repeat, ...attempts }) =>
    again(attempts)(cache ? cache.around(next, repeat) : next)

  return {
    lineOf,
    again,
    through,
    panelOf: ({ repeat, limits }, signal) =>
      createPanel({
        defaults: judges,
        plain: plainJudges,
        shared: sharedVerdicts,
        repeat,
        timeoutMs: limits.timeoutMs,
        signal,
        completeOf: (model, slot) => {
          const line = lineOf(model)
          return inLine(line, through(askJudge, { line, repeat: slot }))
        },
      }),
  }
}

const sleepUntil: RetryOptions['sleep'] = async (milliseconds, signal) => {
  await sleep(milliseconds, undefined, { signal })
}
