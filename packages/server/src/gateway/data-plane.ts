import type { IncomingMessage, ServerResponse } from 'node:http'
import { AssayError, isAssayError, scopesCover, SECOND_MS } from '@assay/core'
import { createProviders, messagesCaller, type CallerDialect } from '@assay/providers'
import { callerErrorBody, errorBodyOf, sendError } from './answer.ts'
import { onCaller, onChat, type ChatPlane } from './chat.ts'
import { createFacts } from './facts.ts'
import { modelList } from './models.ts'
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
}
type Route = TableRow & { answer: (plane: ChatPlane, call: DataPlaneCall) => Promise<void> }

const onModels: Route['answer'] = async ({ parts, facts }, { response, holder, requestId }) => {
  const { configured } = await facts.read(holder.workspaceId)
  const body = JSON.stringify(modelList(holder, configured, { prices: facts.prices, today: facts.today() }))
  response.writeHead(200, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'x-assay-request-id': requestId,
  })
  response.end(body)
  parts.log.debug({ requestId }, 'listed models')
}

/** What the data plane answers: a new dialect is a new row. */
const routes: readonly Route[] = [
  { method: 'POST', path: '/v1/chat/completions', answer: onChat },
  { method: 'POST', path: '/v1/messages', answer: onCaller(messagesCaller) },
  { method: 'GET', path: '/v1/models', answer: onModels },
]
const findRoute = createRouteTable(routes)

/** In whose dialect errors are told, by the beginning of the path; elsewhere in that of chat completions. */
const speakers: readonly (readonly [prefix: string, caller: CallerDialect])[] = [['/v1/messages', messagesCaller]]

/** Serves the dialects of the model APIs under `/v1`, on bare `node:http`. */
export const createDataPlane = (
  parts: GatewayParts,
): ((request: IncomingMessage, response: ServerResponse) => void) => {
  const providers = createProviders()
  const plane: ChatPlane = { parts, providers, facts: createFacts(parts, [...providers.keys()]) }
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
  const { row, params } = findRoute(request.method ?? 'GET', pathOf(request))
  const found = plane.parts.keys.find(keyOf(request))
  const holder = found instanceof Promise ? await found : found
  if (!scopesCover(holder.scopes, 'inference')) throw new AssayError('access.scope_missing', { scope: 'inference' })
  if (row.method === 'POST' && plane.parts.limits) await enter(plane.parts.limits, holder, response)
  await row.answer(plane, { request, response, holder, requestId, params })
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

const speakerAt = (path: string): CallerDialect | undefined =>
  speakers.find(([prefix]) => path === prefix || path.startsWith(`${prefix}/`))?.[1]

/** The gateway key, in any of the three headers that applications send theirs in. */
const keyOf = ({ headers }: IncomingMessage): string => {
  const { authorization } = headers
  const bearer = authorization && /^bearer +(\S+) *$/i.exec(authorization)?.[1]
  const key = bearer ?? headers['x-api-key'] ?? headers['x-goog-api-key']
  if (typeof key !== 'string' || key === '') throw new AssayError('access.unauthenticated', {})
  return key
}

/** When to come again, where the error knows. */
const retryAfter = ({ details }: AssayError): { 'retry-after'?: string } =>
  'retryAfterMs' in details && typeof details.retryAfterMs === 'number'
    ? { 'retry-after': String(Math.ceil(details.retryAfterMs / SECOND_MS)) }
    : {}

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
  const caller = speakerAt(pathOf(request))
  const { status } = known
  sendError(response, {
    status,
    body: caller
      ? callerErrorBody(caller, { error: known, refusal: null, status, requestId })
      : errorBodyOf(known, requestId),
    requestId,
    headers: {
      ...(isAssayError(known, 'http.method_not_allowed') ? { allow: known.details.allow } : undefined),
      ...retryAfter(known),
      // A body that nobody will read must not be taken for the next request.
      ...(request.complete ? undefined : { connection: 'close' }),
    },
  })
}
