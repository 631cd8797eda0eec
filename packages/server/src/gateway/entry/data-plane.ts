import type { IncomingMessage, ServerResponse } from 'node:http'
import { AssayError, defaultPatience, isAssayError, scopesCover, SECOND_MS } from '@assay/core'
import { createProviders, embeddingsCaller, messagesCaller, responsesCaller } from '@assay/providers'
import { callerErrorBody, errorBodyOf, retryAfterOf, sendError } from './answer.ts'
import { createBreakers } from '../attempt/breaker.ts'
import { onCaller, onChat, type ChatPlane } from '../chat/chat.ts'
import { onCountContents, onCountMessages } from '../routes/count-tokens.ts'
import { createFacts } from '../chat/facts.ts'
import { onBatchEmbedContents, onEmbedContent, onGenerateContent, onStreamGenerateContent } from '../routes/contents.ts'
import { createAdmission } from './admission.ts'
import { answerOnce } from './answer-once.ts'
import { createLatencies } from '../attempt/latency.ts'
import { createLines } from '../attempt/lines.ts'
import { enter } from './enter.ts'
import { onProviders, onUsage } from '../routes/figures.ts'
import { onModel, onModels } from '../routes/models.ts'
import type { GatewayParts, KeyHolder } from '../parts.ts'
import { onPassthrough } from '../raw/passthrough.ts'
import { createRouteTable, type TableRow } from './route-table.ts'
import type { Trace } from '../tracing/trace.ts'
import { pathOf, queryOf, speakerOf, speechOf, type Query } from './speaker.ts'

/** One call that has a place in the table and a key that may make it. */
export type DataPlaneCall = {
  request: IncomingMessage
  response: ServerResponse
  holder: KeyHolder
  requestId: string
  /** When it came, in Unix milliseconds: its deadline counts from here. */
  arrivedAt: number
  /** What stood behind the placeholders of the path, undecoded. */
  params: Readonly<Record<string, string>>
  query: Query
  /** What it tells a collector; null: nothing. */
  trace: Trace | null
}

/** One call as it came, with what becomes known of it. */
type Arrival = Pick<DataPlaneCall, 'request' | 'response' | 'requestId'> & { call: DataPlaneCall | null }

type Route = TableRow & {
  answer: (plane: ChatPlane, call: DataPlaneCall) => Promise<void>
  /** A key that may read is enough; else it must be one that may call models. */
  isReading?: boolean
}

/** Below it every call goes to its provider as it is. */
const RAW = '/passthrough'

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
  { method: 'GET', path: '/v1/providers', answer: onProviders, isReading: true },
  { method: 'GET', path: '/v1/usage', answer: onUsage, isReading: true },
  ...['/v1beta', '/v1'].flatMap((version): Route[] => [
    { method: 'GET', path: `${version}/models`, answer: onModels },
    { method: 'GET', path: `${version}/models/{model*}`, answer: onModel },
    // Clients leave `models/` out where a name has a slash of its own.
    { method: 'POST', path: `${version}/{model*}:generateContent`, answer: onGenerateContent },
    { method: 'POST', path: `${version}/{model*}:streamGenerateContent`, answer: onStreamGenerateContent },
    { method: 'POST', path: `${version}/{model*}:countTokens`, answer: onCountContents },
    { method: 'POST', path: `${version}/{model*}:embedContent`, answer: onEmbedContent },
    { method: 'POST', path: `${version}/{model*}:batchEmbedContents`, answer: onBatchEmbedContents },
  ]),
  ...(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const).map((method): Route => ({
    method,
    path: `${RAW}/{provider}/{path*}`,
    answer: onPassthrough,
  })),
]
const findRoute = createRouteTable(routes)

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
    lines: parts.lines ?? createLines(parts),
    admission: parts.admission ?? createAdmission({ shed: parts.metrics.shed }),
    patience: { ...defaultPatience, ...parts.patience },
  }
  return (request, response) => {
    const arrival: Arrival = { request, response, requestId: parts.createId(), call: null }
    serve(plane, arrival)
      .catch((error: unknown) => refuse(plane, arrival, error))
      .catch(() => response.destroy())
  }
}

const serve = async (plane: ChatPlane, arrival: Arrival): Promise<void> => {
  const { request, response, requestId } = arrival
  plane.parts.refuse(request)
  plane.admission.enter(response)
  const { parts, lines } = plane
  const arrivedAt = parts.now()
  const { row, params } = findRoute(request.method ?? 'GET', pathOf(request))
  const found = plane.parts.keys.find(keyOf(request), request.socket)
  const holder = found instanceof Promise ? await found : found
  const isReader = row.isReading && scopesCover(holder.scopes, 'read')
  if (!isReader && !scopesCover(holder.scopes, 'inference'))
    throw new AssayError('access.scope_missing', { scope: 'inference' })
  const isRaw = row.answer === onPassthrough
  const asksModel = row.method === 'POST' || isRaw
  const trace = (asksModel && parts.tracing?.begin(request.headers)) || null
  const call = { request, response, holder, requestId, arrivedAt, params, query: queryOf(request), trace }
  arrival.call = call
  const { limits, now } = parts
  if (asksModel && limits && !(await enter({ limits, lines, now }, call))) return
  const name = request.headers['idempotency-key']
  // In a raw call it is the provider's to keep.
  if (row.method !== 'POST' || isRaw || name === undefined) return row.answer(plane, call)
  await answerOnce(plane.parts, { ...call, name: String(name) }, () => row.answer(plane, call))
}

/** The gateway key, in any of the three headers that applications send theirs in; Google's also have it in the query. */
const keyOf = (request: IncomingMessage): string => {
  const { headers } = request
  const { authorization } = headers
  const bearer = authorization && /^bearer +(\S+) *$/i.exec(authorization)?.[1]
  const inQuery = speechOf(request) === 'contents' ? queryOf(request).get('key') : null
  const key = bearer ?? headers['x-api-key'] ?? headers['x-goog-api-key'] ?? inQuery
  if (typeof key !== 'string' || key === '') throw new AssayError('access.unauthenticated', {})
  return key
}

const refuse = ({ parts }: ChatPlane, { request, response, requestId, call }: Arrival, error: unknown): void => {
  const known = isAssayError(error) ? error : new AssayError('internal.unexpected', {}, { cause: error })
  if (known.status >= 500) parts.log.error({ requestId, error }, known.message)
  const caller = speakerOf(request)
  const { status } = known
  call?.trace?.close({
    refusal: known,
    requestId,
    workspaceId: call.holder.workspaceId,
    method: request.method ?? 'POST',
    path: pathOf(request),
    at: call.arrivedAt,
    endedAt: parts.now(),
  })
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
