import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { MOST_REJECTED, scoreComplexity, type ComplexityScore, type Patience } from '@assay/core'
import type { CallerDialect, Provider } from '@assay/providers'
import type { Breakers } from '../attempt/breaker.ts'
import { readCallOptions, type CallOptions } from './call-options.ts'
import type { Admission } from '../entry/admission.ts'
import { answerChat } from './answer-chat.ts'
import { changedInput, readChatInput, type ChatInput } from './chat-input.ts'
import type { Facts } from './facts.ts'
import type { Latencies } from '../attempt/latency.ts'
import type { Lines } from '../attempt/lines.ts'
import { Outlet } from '../entry/outlet.ts'
import type { GatewayParts, GuardSet, KeyHolder } from '../parts.ts'
import { planChat } from './plan-chat.ts'
import { assignArm } from '../../monitor/learn/traffic-experiments.ts'
import type { Trace } from '../tracing/trace.ts'
import { readBody } from '../entry/read-body.ts'
import { bookComplexity, openRecord } from '../books/record.ts'

/** What every chat completion of a data plane shares. */
export type ChatPlane = {
  parts: GatewayParts
  facts: Facts
  providers: ReadonlyMap<string, Provider>
  breakers: Breakers
  latencies: Latencies
  lines: Lines
  admission: Admission
  patience: Patience
}

type ChatCall = {
  request: IncomingMessage
  response: ServerResponse
  holder: KeyHolder
  requestId: string
  arrivedAt: number
  trace: Trace | null
}

/** Takes one `POST /v1/chat/completions`: reads it, plans it, and starts it. */
export const onChat = (plane: ChatPlane, call: ChatCall): Promise<void> => startChat(plane, call, null)

/** Takes one call of another dialect in the same way. */
export const onCaller =
  (dialect: CallerDialect) =>
  (plane: ChatPlane, call: ChatCall): Promise<void> =>
    startChat(plane, call, dialect)

const startChat = async (
  { parts, facts, providers, breakers, latencies, lines, patience }: ChatPlane,
  call: ChatCall,
  dialect: CallerDialect | null,
): Promise<void> => {
  const { request: message, response, holder, requestId, arrivedAt: startedAt } = call
  const { random = Math.random } = parts
  const asked = readCallOptions(message.headers, patience.wholeMs)
  const read = readChatInput(await readBody(message), dialect?.decode)
  const guards = (await parts.guards?.of(holder)) ?? null
  const { input: guarded, flags } = guards ? await guardInput(guards, read) : { input: read, flags: [] }
  const { input, options } = await tryArms(parts, { holder, requestId, input: guarded, options: asked })
  if (response.destroyed) return
  const { request } = input
  const isPinned = request.model.includes('/')
  const known = await (isPinned ? facts.recent(holder.workspaceId) : facts.read(holder.workspaceId))
  const score = scoreComplexity(request)
  const scored = overridden(score, options)
  const { candidates, rejected } = planChat(
    { request, options, complexity: scored.complexity, holder, facts, known, latencies, random },
    [...options.fallbacks, ...input.fallbacks],
  )
  const retention = (await parts.bodies?.retentionOf(holder, options.retention)) ?? 'metadata'
  if (response.destroyed) return
  const record = openRecord({ id: requestId, startedAt, holder, request, options, retention })
  record.operationName = dialect?.operationName ?? 'chat'
  // Embeddings are neither simple nor complex, and no model that answers could take their place.
  const isChat = record.operationName !== 'embeddings'
  if (isChat) bookComplexity(record, scored)
  record.guards = [...flags]
  const user = retention === 'none' ? null : options.user
  record.userHash = user && ((await parts.hashUser?.(holder.workspaceId, user)) ?? null)
  record.rejected = rejected.slice(0, MOST_REJECTED)
  record.route = candidates[0]!.reason
  record.providerName = candidates[0]!.provider
  await answerChat({
    parts,
    prices: known.prices,
    providers,
    breakers,
    latencies,
    lines,
    patience,
    outlet: new Outlet(response, requestId, dialect?.frames?.() ?? null),
    input,
    options,
    holder,
    facts: isChat ? known : { ...known, baseline: null },
    candidates,
    record,
    retention,
    startedAt,
    forwarded: forwardedHeaders(message.headers, travelling),
    caller: dialect && { dialect, headers: forwardedHeaders(message.headers, ofAnthropic) },
    guardsAfter: isChat ? (guards?.after ?? null) : null,
    turn: { kind: 'off' },
    reservation: null,
    trace: call.trace,
  })
}

/** The request as the guards let it through; throws `gateway.guard_blocked`. */
const guardInput = async (guards: GuardSet, input: ChatInput) => {
  const { request, isChanged, flags } = await guards.before(input.request)
  return { input: isChanged ? { ...changedInput(request), fallbacks: input.fallbacks } : input, flags }
}

/** The request in its arm of an experiment, with the tags by which its outcome is found; mostly as it was. */
const tryArms = async (
  { experiments }: GatewayParts,
  {
    holder,
    requestId,
    input,
    options,
  }: Pick<ChatCall, 'holder' | 'requestId'> & { input: ChatInput; options: CallOptions },
): Promise<{ input: ChatInput; options: CallOptions }> => {
  const found = experiments?.of(holder.workspaceId)
  const running = found instanceof Promise ? await found.catch(() => []) : found
  if (running === undefined || running.length === 0) return { input, options }
  const tried = assignArm(running, {
    request: input.request,
    unit: options.conversationId ?? requestId,
    allowedModels: holder.allowedModels,
  })
  if (tried === null) return { input, options }
  return {
    input: { ...changedInput(tried.request), fallbacks: input.fallbacks },
    options: { ...options, tags: { ...options.tags, ...tried.tags } },
  }
}

/** A complexity in the header takes the place of the score's. */
const overridden = (score: ComplexityScore, { route }: CallOptions): ComplexityScore =>
  route === null || route === 'off' ? score : { ...score, complexity: route }

/** What of the caller's headers a provider may see; never its key for us. */
const travelling = ['traceparent', 'tracestate', 'openai-beta'] as const

/** The same between a caller and a provider of Anthropic's dialect. */
const ofAnthropic = ['anthropic-beta'] as const

const forwardedHeaders = (headers: IncomingHttpHeaders, names: readonly string[]): Record<string, string> => {
  const kept: Record<string, string> = {}
  for (const name of names) {
    const value = headers[name]
    if (typeof value === 'string') kept[name] = value
  }
  return kept
}
