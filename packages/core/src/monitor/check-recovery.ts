import type { RequestRecord } from '../gateway/request.ts'
import type { Patience } from '../routing/recover.ts'
import type { Verdict } from '../suite/result.ts'

/** What is known of a request that met a fault on purpose. */
export type Met = {
  record: Pick<RequestRecord, 'attempts' | 'latencyMs'>
  patience: Pick<Patience, 'mostAttempts' | 'wholeMs' | 'longestRetryAfterMs'>
  /** What the fault asked to wait; null when it asked nothing. */
  retryAfterMs: number | null
  /** The error that the caller was told; null when the answer came. */
  error: { code?: string | null; message?: string } | null
  status: number
}

/** Clocks and timers are not exact to the millisecond. */
const SLACK_MS = 50

/** How the gateway met a fault: as often as it may, when it may, in time, and with an answer that a client can read. */
export const checkRecovery = (met: Met): Verdict[] => [
  attemptsVerdict(met),
  ...(met.retryAfterMs === null ? [] : [waitVerdict(met, met.retryAfterMs)]),
  deadlineVerdict(met),
  envelopeVerdict(met),
]

const attemptsVerdict = ({ record, patience }: Met): Verdict => {
  const made = record.attempts.length
  const { mostAttempts } = patience
  return verdict('attempts', made <= mostAttempts, `${made} made, ${mostAttempts} allowed`)
}

const waitVerdict = ({ record, patience }: Met, retryAfterMs: number): Verdict => {
  const waits = record.attempts.slice(1).flatMap((attempt, place) => {
    const before = record.attempts[place]!
    const isAgain = attempt.providerName === before.providerName && attempt.model === before.model
    return isAgain && before.errorCode !== null
      ? [Date.parse(attempt.startedAt) - Date.parse(before.startedAt) - before.latencyMs]
      : []
  })
  if (waits.length === 0) return verdict('retry-after', true, 'the model that asked to wait was not asked again')
  const shortest = Math.round(Math.min(...waits))
  const isHonoured = shortest >= Math.min(retryAfterMs, patience.longestRetryAfterMs) - SLACK_MS
  return verdict('retry-after', isHonoured, `waited ${shortest} ms, ${retryAfterMs} ms were asked for`)
}

const deadlineVerdict = ({ record, patience }: Met): Verdict => {
  const tookMs = Math.round(record.latencyMs ?? 0)
  return verdict('deadline', tookMs <= patience.wholeMs + SLACK_MS, `took ${tookMs} of ${patience.wholeMs} ms`)
}

const envelopeVerdict = ({ error, status }: Met): Verdict => {
  if (error === null) return verdict('answered', true, 'the caller was answered')
  const isClear = typeof error.message === 'string' && error.message !== '' && (status >= 400 || status === 200)
  return verdict('error-envelope', isClear, isClear ? `told with HTTP ${status}` : `HTTP ${status} without an error`)
}

const verdict = (type: string, pass: boolean, reason: string): Verdict => ({
  type,
  pass,
  score: pass ? 1 : 0,
  reason,
  weight: 1,
})
