import {
  AssayError,
  costOf,
  estimateInputTokens,
  pricedProvider,
  priceOf,
  pricesOn,
  timestamp,
  type ChatRequest,
  type Complete,
  type Completion,
  type CredentialOptions,
  type Secret,
  type Usage,
} from '@assay/core'
import { vectorsIn } from './embeddings/answer.ts'
import { estimateOutputTokens, ReplyReader } from './compatible/reply.ts'
import type { Egress } from './egress.ts'
import { collectAnswer, type EgressAnswer } from './egress-answer.ts'
import type { Provider } from './provider.ts'
import { createProviders } from './providers.ts'
import { MAX_REFUSAL_BYTES, readRefusal, refusalOf } from './refusal.ts'
import { providerErrorOf, refusalErrorOf, startChat, type CallPlace } from './send.ts'
import { dataOf, EventScanner } from './sse.ts'

/** Where a model is and what opens it. */
export type ResolvedModel = {
  providerName: string
  model: string
  baseUrl: string | null
  secret: Secret | null
  options?: CredentialOptions
  /** Sent with each call. */
  headers?: Record<string, string>
}

/** Asks models directly, without a gateway between: what the runner, the server's jobs and the command line share. */
export const createComplete = (options: {
  egress: Egress
  resolve: (model: string) => Promise<ResolvedModel>
  now: () => number
  providers?: ReadonlyMap<string, Provider>
  /** Whose calls these are, for providers that count. */
  caller?: string
}): Complete => {
  const providers = options.providers ?? createProviders()
  return async (request, { signal }) => {
    const resolved = await options.resolve(request.model)
    const provider = providers.get(resolved.providerName)
    if (!provider) throw new AssayError('gateway.model_unknown', { model: request.model, suggestions: [] })
    const baseUrl = resolved.baseUrl ?? provider.defaultBaseUrl
    const place: CallPlace = { provider: provider.name, model: resolved.model, baseUrl }
    const call = {
      ...resolved,
      baseUrl,
      request,
      // A request for numbers instead of words carries what it asks beside its texts.
      ...(request['embedding'] !== undefined && { operation: 'embeddings' as const }),
      body: () => JSON.stringify(upstreamRequest(request, resolved.model)),
      caller: options.caller ?? 'local',
    }
    const startedAt = options.now()
    try {
      const answer = await collectAnswer((receiver) => startChat(provider, call, options.egress, receiver), signal)
      const { reply, ttftMs, embeddings } = await read(answer, place, () => options.now() - startedAt)
      const today = timestamp(startedAt).slice(0, 10)
      const completion = completionOf({ reply, request, place, latencyMs: options.now() - startedAt, ttftMs, today })
      return embeddings ? { ...completion, embeddings } : completion
    } catch (error) {
      throw error instanceof Error ? providerErrorOf(error, place) : error
    }
  }
}

const upstreamRequest = (request: ChatRequest, model: string): ChatRequest => ({
  ...request,
  model,
  ...(request.stream ? { stream_options: { ...request.stream_options, include_usage: true } } : undefined),
})

type Reading = { reply: ReplyReader; ttftMs: number | null; embeddings?: number[][] }

const read = async (answer: EgressAnswer, place: CallPlace, elapsedMs: () => number): Promise<Reading> => {
  if (answer.status >= 300) {
    const refusal = readRefusal(answer.status, answer.mask(await beginningOf(answer)))
    throw refusalErrorOf({ status: answer.status, headers: answer.headers, refusal }, place)
  }
  const isStream = String(answer.headers['content-type']).startsWith('text/event-stream')
  const reading = isStream ? await readStream(answer, elapsedMs) : await readWhole(answer)
  const problem = problemOf(reading.reply)
  if (problem) throw new AssayError('gateway.provider_failed', { ...place, reason: answer.mask(problem) })
  return reading
}

const beginningOf = async ({ body }: EgressAnswer): Promise<string> => {
  const chunks: Uint8Array[] = []
  let sizeBytes = 0
  for await (const chunk of body) {
    chunks.push(chunk)
    sizeBytes += chunk.byteLength
    if (sizeBytes >= MAX_REFUSAL_BYTES) break
  }
  return Buffer.concat(chunks).subarray(0, MAX_REFUSAL_BYTES).toString('utf8')
}

const readWhole = async (answer: EgressAnswer): Promise<Reading> => {
  const reply = new ReplyReader()
  const text = await answer.text()
  let json: unknown
  try {
    json = JSON.parse(text)
    reply.add(json)
  } catch {
    // Told as no reply by `problemOf`.
  }
  // Read only where they are: every answer of a model comes by here.
  const embeddings = typeof json === 'object' && json !== null && 'embeddings' in json ? vectorsIn(json) : null
  return { reply, ttftMs: null, ...(embeddings && { embeddings }) }
}

const readStream = async (answer: EgressAnswer, elapsedMs: () => number): Promise<Reading> => {
  const reply = new ReplyReader()
  let ttftMs: number | null = null
  let isDone = false
  const scanner = new EventScanner({
    onEvent: (event) => {
      const data = dataOf(event)
      if (data === null) return
      if (data.trim() === '[DONE]') isDone = true
      else if (reply.add(parsed(data))) ttftMs ??= elapsedMs()
    },
  })
  for await (const chunk of answer.body) scanner.push(chunk)
  if (!isDone && reply.finishReason === null) reply.error ??= 'the stream ended before its end mark'
  return { reply, ttftMs }
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** Why an answer with a good status is none; null when it is one. */
export const problemOf = (reply: ReplyReader): string | null => {
  if (reply.error !== null)
    return typeof reply.error === 'string'
      ? reply.error
      : (refusalOf({ error: reply.error })?.message ?? 'it answered with an error')
  if (!reply.isReply) return 'its answer is not a chat completion'
  if (reply.isEmpty && reply.finishReason !== 'content_filter' && reply.finishReason !== 'length')
    return 'its answer is empty'
  return null
}

const completionOf = ({
  reply,
  request,
  place,
  latencyMs,
  ttftMs,
  today,
}: {
  reply: ReplyReader
  request: ChatRequest
  place: CallPlace
  latencyMs: number
  ttftMs: number | null
  today: string
}): Completion => {
  const usage = reply.usage ?? estimateUsage(request, reply)
  const row = priceOf(pricedProvider(place), place.model, pricesOn(today))
  return {
    providerName: place.provider,
    responseModel: reply.responseModel ?? place.model,
    text: reply.text,
    reasoningText: reply.reasoningText,
    toolCalls: reply.toolCalls,
    finishReason: reply.finishReason ?? 'other',
    usage,
    usageEstimated: reply.usage === null,
    costNanoUsd: row && costOf(usage, row),
    latencyMs,
    ttftMs,
  }
}

/** The tokens of a call whose provider did not count them. */
export const estimateUsage = (request: ChatRequest, reply: ReplyReader): Usage => ({
  inputTokens: estimateInputTokens(request),
  outputTokens: estimateOutputTokens(reply),
  cacheReadInputTokens: 0,
  cacheWriteInputTokens: 0,
  reasoningOutputTokens: 0,
})
