import type { FinishReason, Usage } from '@assay/core'
import type { Refusal } from '../refusal.ts'

/** What an answer used, as its reader tells it. */
export type AnswerUsage = Usage

/** What a provider wants back unchanged on the next turn, under the provider's name. */
export type ExtraContent = Record<string, Record<string, unknown>>

/** Who takes an answer while it is read; it becomes chunks of a stream or one whole completion. */
export type AnswerSink = {
  /** The model that answers; the last name given counts for what comes after it. */
  model(name: string): void
  text(text: string): void
  reasoning(text: string): void
  /** Opens a call and tells its place, counted from 0 without gaps. */
  toolCall(call: { id: string | null; name: string; extra?: ExtraContent }): number
  /** Adds to the JSON text of a call's arguments. */
  toolArguments(place: number, text: string): void
  /** What of the message itself must come back on the next turn. */
  extra(content: ExtraContent): void
  /** How many tool calls were opened. */
  readonly toolCalls: number
  /** The answer is whole; only the first ending counts. */
  finish(reason: FinishReason, usage: AnswerUsage | null): void
  /** The provider gave up; what it has counted so far is still told. */
  fail(refusal: Refusal, usage: AnswerUsage | null): void
}

/** What an answer is headed with, and how its calls are named when the provider does not name them. */
export type AnswerHead = { id: string; created: number; model: string }

/** The name of a call whose provider gave none; it is stable since the answer's id is. */
export const callId = (head: AnswerHead, place: number): string => `call_${head.id.replace(/\W/g, '')}_${place}`

/** Usage as chat completions write it. */
export const wireUsage = (usage: AnswerUsage) => ({
  prompt_tokens: usage.inputTokens,
  completion_tokens: usage.outputTokens,
  total_tokens: usage.inputTokens + usage.outputTokens,
  prompt_tokens_details: {
    cached_tokens: usage.cacheReadInputTokens,
    cache_write_tokens: usage.cacheWriteInputTokens,
    ...(usage.cacheWriteHourInputTokens === undefined
      ? undefined
      : { cache_write_1h_tokens: usage.cacheWriteHourInputTokens }),
  },
  completion_tokens_details: { reasoning_tokens: usage.reasoningOutputTokens },
  ...(usage.searchQueries ? { server_tool_use: { web_search_requests: usage.searchQueries } } : undefined),
})

/** The tier that served an answer, where chat completions write it: beside the usage. */
export const wireServiceTier = ({ serviceTier }: AnswerUsage): { service_tier?: string } =>
  serviceTier === undefined ? {} : { service_tier: serviceTier === 'standard' ? 'default' : serviceTier }

/** Finish reasons as chat completions write them; an unknown one is a plain end. */
export const wireFinishReason = (reason: FinishReason): string => (reason === 'other' ? 'stop' : reason)
