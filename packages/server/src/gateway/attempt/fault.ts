import type { IncomingHttpHeaders } from 'node:http'
import { isFailureOfProvider, SECOND_MS, type AssayError, type FailedTry } from '@assay/core'
import type { CallerDialect, Refusal } from '@assay/providers'
import type { TryOutcome } from './breaker.ts'
import { callerErrorBody, errorBodyOf, refusalBodyOf } from '../entry/answer.ts'

/** How one attempt failed: our error, and the provider's words when it had some. */
export type Fault = { error: AssayError; status: number | null; refusal: Refusal | null; headers: IncomingHttpHeaders }

/** A fault of which nothing but the error is known. */
export const faultOf = (error: AssayError): Fault => ({ error, status: null, refusal: null, headers: {} })

/** The vault gave no credential, so no provider was asked: that is no attempt. */
export const isVaultRefusal = ({ error }: Fault): boolean => error.code.startsWith('vault.')

/** A fault as deciding what comes next looks at it. */
export const failedTryOf = ({ error, status, refusal, headers }: Fault): FailedTry => {
  const { details } = error
  return {
    status,
    code: error.code,
    message: refusal?.message ?? error.message,
    stage: 'stage' in details ? details.stage : null,
    providerCode: refusal?.code ?? null,
    providerType: refusal?.type ?? null,
    retryAfterMs: retryAfterOf(headers),
  }
}

/** How its breaker takes it. */
export const outcomeOf = (fault: Fault): TryOutcome => {
  if (fault.status === 401) return 'unauthorized'
  if (isFailureOfProvider({ status: fault.status, code: fault.error.code })) return 'failed'
  return fault.status === null ? 'unknown' : 'ok'
}

/** The seconds that a provider asks for; a date depends on its clock and is left out. */
const retryAfterOf = ({ 'retry-after': seconds }: IncomingHttpHeaders): number | null =>
  seconds !== undefined && /^\d{1,6}(\.\d+)?$/.test(seconds) ? Math.ceil(Number(seconds) * SECOND_MS) : null

/** How the caller is told, in its dialect: a provider's refusal keeps its status and words. */
export const answerOfFault = (
  fault: Fault,
  requestId: string,
  caller?: CallerDialect,
): { status: number; body: string } => {
  const { error, refusal, status } = fault
  if (caller) {
    const kept = refusal && status !== null && status >= 400 ? status : error.status
    return { status: kept, body: callerErrorBody(caller, { error, refusal, status: kept, requestId }) }
  }
  if (!refusal) return { status: error.status, body: errorBodyOf(error, requestId) }
  return {
    // Beyond 599 there is nothing that a client or our own records could understand.
    status: status !== null && status >= 400 && status <= 599 ? status : error.status,
    body: refusalBodyOf(refusal, error, requestId),
  }
}
