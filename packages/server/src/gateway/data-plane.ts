import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { AssayError, defaultPatience, isAssayError, scopesCover, SECOND_MS } from '@assay/core'
import {
  contentsCaller,
  createProviders,
  embeddingsCaller,
  messagesCaller,
  responsesCaller,
  type CallerDialect,
} from '@assay/providers'
import { callerErrorBody, errorBodyOf, retryAfterOf, sendError } from './answer.ts'
import { createBreakers } from './breaker.ts'
import { onCaller, onChat, type ChatPlane } from './chat.ts'
import { onCountContents, onCountMessages } from './count-tokens.ts'
import { createFacts } from './facts.ts'
import { onBatchEmbedContents, onEmbedContent, onGenerateContent, onStreamGenerateContent } from './contents.ts'
import { createAdmission } from './admission.ts'
import { answerOnce } from './answer-once.ts'
import { createLatencies } from './latency.ts'
import { onGoogleModel, onGoogleModels, onModel, onModels, speaksMessages } from './models.ts'
import type { GatewayParts, KeyHolder, Limits } from './parts.ts'
import { createRouteTable, type TableRow } from './route-table.ts'

/** One call that has a place in the table and a key that may make it. */
export type DataPlaneCall = {
  request: IncomingMessage
  response: ServerResponse
  holder: KeyHolder
  requestId: string
  /** What stood behind the placeholders of the path, undecoded. */
  params: Readonly<Record<string, string>>
  query: URLSearchParams
}
type Route = TableRow & { answer: (plane: ChatPlane, call: DataPlaneCall) => Promise<void> }

/** Where Google's dialect is spoken. */
const GOOGLE = '/v1beta'

const onResponses: Route['answer'] = (plane, call) => {
  const created = Math.floor(plane.parts.now() / SECOND_MS)
  return onCaller(responsesCaller({ id: call.requestId, created }))(plane, call)
}

/** What the data plane answers: a new dialect is a new row. */
const routes: readonly Route[] = [
  { method: 'POST', path: '/v1/chat/completions', answer: onChat },
  { method: 'POST', path: '/v1/responses', answer: onResponses },
  { method: 'POST', path: '/v1/messages', answer: onCaller(messagesCaller) },
  { method: 'POST', path: '/v1/messages/count_tokens', answer: onCountMessages },
  { method: 'POST', path: '/v1/embeddings', answer: onCaller(embeddingsCaller) },
  { method: 'GET', path: '/v1/models', answer: onModels },
  { method: 'GET', path: '/v1/models/{model*}', answer: onModel },
  { method: 'GET', path: '/v1beta/models', answer: onGoogleModels },
  { method: 'GET', path: '/v1beta/models/{model*}', answer: onGoogleModel },
  // Clients leave `models/` out where a name has a slash of its own.
  { method: 'POST', path: '/v1beta/{model*}:generateContent', answer: onGenerateContent },
  { method: 'POST', path: '/v1beta/{model*}:streamGenerateContent', answer: onStreamGenerateContent },
  { method: 'POST', path: '/v1beta/{model*}:countTokens', answer: onCountContents },
  { method: 'POST', path: '/v1beta/{model*}:embedContent', answer: onEmbedContent },
  { method: 'POST', path: '/v1beta/{model*}:batchEmbedContents', answer: onBatchEmbedContents },
]
const findRoute = createRouteTable(routes)

/** In whose dialect errors are told, by the beginning of the path; elsewhere in that of chat completions. */
const speakers: readonly { prefix: string; caller: CallerDialect; when?: (headers: IncomingHttpHeaders) => boolean }[] =
  [
    { prefix: '/v1/messages', caller: messagesCaller },
    { prefix: '/v1/models', caller: messagesCaller, when: speaksMessages },
    { prefix: GOOGLE, caller: contentsCaller({ model: '', isStream: false }) },
  ]

/** Serves the dialects of the model APIs under `/v1`, on bare `node:http`. */
export const createDataPlane = (
  parts: GatewayParts,
): ((request: IncomingMessage, response: ServerResponse) => void) => {
  const providers = createProviders()
  const plane: ChatPlane = {
    parts,
    providers,
    facts: createFacts(parts, [...providers.keys()]),
    breakers: parts.breakers ?? createBreakers(parts),
    latencies: createLatencies(),
    admission: parts.admission ?? createAdmission({ shed: parts.metrics.shed }),
    patience: { ...defaultPatience, ...parts.patience },
  }
  return (request, response) => {
    const requestId = parts.createId()
    serve(plane, request, response, requestId)
      .catch((error: unknown) => refuse(plane, { request, response, requestId, error }))
      .catch(() => response.destroy())
  }
}

const serve = async (
  plane: ChatPlane,
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
): Promise<void> => {
  plane.parts.refuse(request)
  plane.admission.enter(response)
  const { row, params } = findRoute(request.method ?? 'GET', pathOf(request))
  const found = plane.parts.keys.find(keyOf(request))
  const holder = found instanceof Promise ? await found : found
  if (!scopesCover(holder.scopes, 'inference')) throw new AssayError('access.scope_missing', { scope: 'inference' })
  if (row.method === 'POST' && plane.parts.limits) await enter(plane.parts.limits, holder, response)
  const call = { request, response, holder, requestId, params, query: queryOf(request) }
  const name = request.headers['idempotency-key']
  if (row.method !== 'POST' || name === undefined) return row.answer(plane, call)
  await answerOnce(plane.parts, { ...call, name: String(name) }, () => row.answer(plane, call))
}

/** Counts a request against what its key may do at once, for as long as it is being answered. */
const enter = async (limits: Limits, holder: KeyHolder, response: ServerResponse): Promise<void> => {
  const leave = await limits.enter(holder)
  if (response.destroyed) leave()
  else response.once('close', leave)
}

const pathOf = ({ url = '/' }: IncomingMessage): string => {
  const query = url.indexOf('?')
  return query < 0 ? url : url.slice(0, query)
}

const isUnder = (path: string, prefix: string): boolean => path === prefix || path.startsWith(`${prefix}/`)

const speakerOf = (request: IncomingMessage): CallerDialect | undefined => {
  const path = pathOf(request)
  return speakers.find(({ prefix, when }) => isUnder(path, prefix) && when?.(request.headers) !== false)?.caller
}

/** What stands behind the path. */
const queryOf = ({ url = '/' }: IncomingMessage): URLSearchParams => {
  const at = url.indexOf('?')
  return new URLSearchParams(at < 0 ? '' : url.slice(at + 1))
}

/** The gateway key, in any of the three headers that applications send theirs in; Google's also have it in the query. */
const keyOf = (request: IncomingMessage): string => {
  const { headers } = request
  const { authorization } = headers
  const bearer = authorization && /^bearer +(\S+) *$/i.exec(authorization)?.[1]
  const inQuery = isUnder(pathOf(request), GOOGLE) ? queryOf(request).get('key') : null
  const key = bearer ?? headers['x-api-key'] ?? headers['x-goog-api-key'] ?? inQuery
  if (typeof key !== 'string' || key === '') throw new AssayError('access.unauthenticated', {})
  return key
}

const refuse = (
  { parts }: ChatPlane,
  {
    request,
    response,
    requestId,
    error,
  }: { request: IncomingMessage; response: ServerResponse; requestId: string; error: unknown },
): void => {
  const known = isAssayError(error) ? error : new AssayError('internal.unexpected', {}, { cause: error })
  if (known.status >= 500) parts.log.error({ requestId, error }, known.message)
  const caller = speakerOf(request)
  const { status } = known
  sendError(response, {
    status,
    body: caller
      ? callerErrorBody(caller, { error: known, refusal: null, status, requestId })
      : errorBodyOf(known, requestId),
    requestId,
    headers: {
      ...(isAssayError(known, 'http.method_not_allowed') ? { allow: known.details.allow } : undefined),
      ...retryAfterOf(known),
      // A body that nobody will read must not be taken for the next request.
      ...(request.complete ? undefined : { connection: 'close' }),
    },
  })
}
