import type { Attempt, RequestRecord } from './request.ts'

/** How an attempt counts for its provider: `none` was never sent, or its caller left before it ended. */
export type AttemptOutcome = 'answered' | 'failed' | 'none'

/** Nothing was sent to the provider. */
const unsent: ReadonlySet<string> = new Set([
  'gateway.circuit_open',
  'gateway.provider_busy',
  'gateway.store_unavailable',
  'gateway.untranslatable',
])

/** Tells how a provider did by what the log keeps of one attempt of a request. */
export const attemptOutcome = (attempt: Attempt, { status, attempts }: RequestRecord): AttemptOutcome => {
  const { errorCode } = attempt
  if (errorCode === null) return status === 'cancelled' && attempts.at(-1) === attempt ? 'none' : 'answered'
  if (errorCode === 'gateway.guard_blocked') return 'answered' // it answered, and what it said was held back here
  return unsent.has(errorCode) || errorCode.startsWith('vault.') ? 'none' : 'failed'
}
