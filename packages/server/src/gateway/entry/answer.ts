import {
  validateHeaderName,
  validateHeaderValue,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerResponse,
} from 'node:http'
import { SECOND_MS, type AssayError } from '@assay/core'
import type { CallerDialect, Refusal } from '@assay/providers'
import { dropBody } from './read-body.ts'

/** The type that OpenAI's clients choose their error class by, where the status alone does not say it. */
const types: Record<number, string> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  402: 'insufficient_quota',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'invalid_request_error',
  415: 'invalid_request_error',
  429: 'rate_limit_error',
}

/** An error of ours in the shape of the chat completions dialect. */
export const errorBodyOf = (error: AssayError, requestId: string): string =>
  JSON.stringify({
    error: {
      message: error.message,
      type: types[error.status] ?? (error.status >= 500 ? 'server_error' : 'invalid_request_error'),
      param: null,
      code: error.code,
      hint: error.hint,
      details: error.details,
      requestId,
    },
  })

/** A provider's refusal in the same shape: its own words, with our request id and hint. */
export const refusalBodyOf = (refusal: Refusal, error: AssayError, requestId: string): string =>
  JSON.stringify({
    error: {
      message: refusal.message,
      type: refusal.type ?? 'provider_error',
      param: refusal.param,
      code: refusal.code ?? error.code,
      hint: error.hint,
      requestId,
    },
  })

/** An error in the dialect of the caller: the provider's words, or ours. */
export const callerErrorBody = (
  caller: CallerDialect,
  {
    error,
    refusal,
    status,
    requestId,
  }: { error: AssayError; refusal: Refusal | null; status: number; requestId: string },
): string => {
  const words = refusal ?? { message: error.message, type: null, code: error.code, param: null, ...detailsOf(error) }
  return caller.refusal(status, { ...words, hint: error.hint }, requestId)
}

const detailsOf = ({ details }: AssayError): { details?: AssayError['details'] } =>
  Object.keys(details).length === 0 ? {} : { details }

/** Answers with an error, on whatever connection is left. */
export const sendError = (
  response: ServerResponse,
  {
    status,
    body,
    requestId,
    headers,
  }: { status: number; body: string; requestId: string; headers?: OutgoingHttpHeaders },
): void => {
  if (response.headersSent || response.destroyed) {
    response.destroy()
    return
  }
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'x-assay-request-id': requestId,
    ...headers,
  })
  if (response.req.complete) return void response.end(body)
  response.write(body)
  dropBody(response.req, () => response.end())
}

/** When to come again, where the error knows. */
export const retryAfterOf = ({ details }: AssayError): OutgoingHttpHeaders => {
  if ('retryAfterMs' in details && typeof details.retryAfterMs === 'number') {
    return { 'retry-after': String(Math.ceil(details.retryAfterMs / SECOND_MS)) }
  }
  return 'retryAfterSeconds' in details ? { 'retry-after': String(details.retryAfterSeconds) } : {}
}

/** Answers with what is not of a provider's making. */
export const sendJson = (
  response: ServerResponse,
  {
    status,
    body,
    requestId,
    headers = {},
  }: { status: number; body: object; requestId: string; headers?: OutgoingHttpHeaders },
): void => sendError(response, { status, body: JSON.stringify(body), requestId, headers })

/** Headers of a provider that tell about its limits: they travel on, marked as the provider's. */
export const providerHeaders = (upstream: IncomingHttpHeaders): OutgoingHttpHeaders => {
  const kept: OutgoingHttpHeaders = {}
  for (const name in upstream) {
    const isTold = isOfLimits(name)
    if (!isTold && name !== 'retry-after') continue
    const value = upstream[name]
    if (value === undefined || !isSendable(name, value)) continue
    if (isTold) kept[`x-provider-${name.replace(/^x-/, '')}`] = value
    else kept[name] = String(value)
  }
  return kept
}

const isOfLimits = (name: string): boolean =>
  /^(?:x-|anthropic-)?ratelimit/.test(name) || name === 'x-request-id' || name === 'request-id'

/** The type that a provider gives its answer, or another when it gives none that may be sent. */
export const contentTypeOf = ({ 'content-type': type }: IncomingHttpHeaders, otherwise: string): string =>
  typeof type === 'string' && isSendable('content-type', type) ? type : otherwise

/** Providers send more than Node agrees to send, and it throws for the rest. */
const isSendable = (name: string, value: string | string[]): boolean => {
  try {
    validateHeaderName(name)
    for (const text of Array.isArray(value) ? value : [value]) validateHeaderValue(name, text)
    return true
  } catch {
    return false
  }
}
