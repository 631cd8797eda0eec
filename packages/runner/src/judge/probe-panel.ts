import { setTimeout as sleep } from 'node:timers/promises'
import type { Complete } from '@assay/core'
import { createLine, inLine, type Line } from '../line.ts'
import { withRetry } from '../retry.ts'
import { createPanel, type JudgeDefaults, type Panel } from './panel.ts'

const TIMEOUT_MS = 120_000
const CEILING = 50
const RETRIES = 3

/** Judges for answers that come one by one and belong to no run. */
export const createProbePanel = ({
  complete,
  judges,
  now,
  signal,
}: {
  complete: Complete
  judges: JudgeDefaults
  now: () => number
  signal: AbortSignal
}): Panel => {
  const lines = new Map<string, Line>()
  const lineOf = (model: string): Line => {
    const line = lines.get(model) ?? createLine({ ceiling: CEILING, now, onFree: () => {} })
    lines.set(model, line)
    return line
  }
  return createPanel({
    defaults: judges,
    plain: new Set(),
    repeat: 1,
    timeoutMs: TIMEOUT_MS,
    signal,
    completeOf: (model) => {
      const line = lineOf(model)
      return inLine(line, askedWith(complete, { line, now }))
    },
  })
}

const askedWith = (complete: Complete, { line, now }: { line: Line; now: () => number }): Complete => {
  let startedAtMs = now()
  return withRetry(complete, {
    retries: RETRIES,
    random: Math.random,
    sleep: async (milliseconds, signal) => {
      await sleep(milliseconds, undefined, { signal })
    },
    onAttempt: () => (startedAtMs = now()),
    onFailure: ({ isOverload, retryAfterMs }) => {
      if (isOverload) line.lane.onOverload({ startedAtMs, retryAfterMs })
    },
  })
}
