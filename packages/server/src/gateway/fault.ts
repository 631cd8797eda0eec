import type { IncomingHttpHeaders } from 'node:http'
import type { AssayError } from '@assay/core'
import type { CallerDialect, Refusal } from '@assay/providers'
import { callerErrorBody, errorBodyOf, refusalBodyOf } from './answer.ts'

/** How one attempt failed: our error, and the provider's words when it had some. */
export type Fault = { error: AssayError; status: number | null; refusal: Refusal | null; headers: IncomingHttpHeaders }

/** A fault of which nothing but the error is known. */
export const faultOf = (error: AssayError): Fault => ({ error, status: null, refusal: null, headers: {} })

/** True when another provider might do better. */
export const isWorthAnother = ({ error, status }: Fault): boolean => {
  if (status === null || status < 400) return error.code !== 'egress.bad_url'
  return status >= 500 || worthAnother.has(status) || isContextTooLong(error)
}

const isContextTooLong = (error: AssayError): boolean =>
  'providerCode' in error.details && error.details.providerCode === 'context_length_exceeded'

/** Any other refusal would be repeated. */
const worthAnother = new Set([401, 403, 404, 408, 409, 429])

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
