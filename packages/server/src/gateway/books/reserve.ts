import {
  costOf,
  estimateInputTokens,
  imagesOf,
  noUsage,
  outputLimitOf,
  priceOf,
  pricedProvider,
  textOf,
  type ChatRequest,
  type Usage,
} from '@assay/core'
import type { ChatJob } from '../chat/chat-job.ts'
import { credentialWish } from '../attempt/credential-wish.ts'
import type { Limits, Reservation, ResolvedCredential } from '../parts.ts'

/** What a model is taken to answer when the request does not say. */
const DEFAULT_OUTPUT_TOKENS = 1_024
/** What providers write around tools, and what an image counts at most in common sizes. */
const TOKENS_AROUND_TOOLS = 512
const TOKENS_PER_IMAGE = 2_000
/** The longest answer of the simulator that does not repeat what it was asked. */
const LONGEST_SIMULATED = 96

/** Keeps what a planned request may take of its key's limits; throws when that is not there. */
export const reserve = (limits: Limits, job: ChatJob): Reservation | Promise<Reservation> => {
  const { holder, record, input, startedAt, options } = job
  const { request } = input
  return limits.reserve({
    holder,
    requestId: record.id,
    model: request.model,
    inputTokens: estimateInputTokens(request),
    outputTokens: (outputLimitOf(request) ?? DEFAULT_OUTPUT_TOKENS) * choicesOf(request),
    mostNanoUsd: () => mostCost(job),
    deadlineAt: startedAt + options.timeoutMs,
  })
}

/**
 * What a request costs at the very most, at the dearest candidate; null when one of them has no price. No tokenizer
 * makes more tokens of a text than it has bytes, and no model answers more than the request or the model allows.
 */
const mostCost = async (job: ChatJob): Promise<number | null> => {
  const { input, candidates, prices } = job
  const { request } = input
  let most = 0
  for (const { provider, model } of candidates) {
    const row = priceOf(pricedProvider({ provider, baseUrl: await baseUrlOf(job, provider) }), model, prices)
    if (row === null) return null
    const { inputTokens, outputTokens } =
      provider === 'sim'
        ? mostSimulated(request)
        : { inputTokens: mostInputTokens(request, input.bytes), outputTokens: Infinity }
    const limit = Math.min(outputLimitOf(request) ?? Infinity, row.maxOutputTokens, outputTokens) * choicesOf(request)
    for (const usage of dearestUses(inputTokens, limit, request)) most = Math.max(most, costOf(usage, row))
  }
  return most
}

/** Whichever way the tokens may be billed: fresh, or written to a provider's cache; all output may be reasoning. */
const dearestUses = (inputTokens: number, outputTokens: number, request: ChatRequest): Usage[] => {
  const { service_tier: tier } = request as { service_tier?: unknown }
  const fresh: Usage = {
    ...noUsage,
    inputTokens,
    outputTokens,
    ...(tier === 'priority' ? { serviceTier: 'priority' as const } : undefined),
  }
  return [
    fresh,
    { ...fresh, reasoningOutputTokens: outputTokens },
    { ...fresh, cacheWriteInputTokens: inputTokens },
    { ...fresh, cacheWriteInputTokens: inputTokens, cacheWriteHourInputTokens: inputTokens },
  ]
}

const mostInputTokens = (request: ChatRequest, body: Uint8Array): number => {
  const images = request.messages.reduce((sum, { content }) => sum + imagesOf(content), 0)
  const around = request.tools && request.tools.length > 0 ? TOKENS_AROUND_TOOLS : 0
  if (images === 0) return body.length + around
  const { messages: _, ...rest } = request
  const text = request.messages.reduce((sum, message) => sum + Buffer.byteLength(textOf(message)) + 16, 0)
  return text + Buffer.byteLength(JSON.stringify(rest)) + images * TOKENS_PER_IMAGE + around
}

/** The simulator counts as we do, and says a few sentences or what it was asked. */
const mostSimulated = (request: ChatRequest): { inputTokens: number; outputTokens: number } => {
  const inputTokens = estimateInputTokens(request)
  return { inputTokens, outputTokens: LONGEST_SIMULATED + 4 * inputTokens }
}

/** How many answers are asked for at once. */
const choicesOf = (request: ChatRequest): number => {
  const { n } = request as { n?: unknown }
  return typeof n === 'number' && Number.isInteger(n) && n > 1 ? n : 1
}

const baseUrlOf = async (job: ChatJob, provider: string): Promise<string | null> =>
  (await credentialOf(job, provider))?.baseUrl || null

/** What a provider would be called with; null for one that asks for nothing, or that nobody has a key for. */
export const credentialOf = async (job: ChatJob, provider: string): Promise<ResolvedCredential | null> =>
  job.providers.get(provider)?.needsCredential
    ? job.parts.credentials.resolve(job.holder.workspaceId, provider, credentialWish(job))
    : null
