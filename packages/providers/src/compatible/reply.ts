import {
  estimateTokens,
  serviceTierOf,
  type FinishReason,
  type ServiceTier,
  type ToolCall,
  type Usage,
} from '@assay/core'
import { z } from 'zod'
import { modernised } from '../dialect/said.ts'
import { CallPlaces } from './call-places.ts'
import { isPlainReply } from './plain-reply.ts'

const count = z.number().nullish().catch(null)
/** A number of tokens; what cannot be one is no number. */
const tokens = z.number().nullish().catch(Number.NaN)

const WireUsage = z.looseObject({
  prompt_tokens: tokens,
  completion_tokens: tokens,
  prompt_tokens_details: z
    .looseObject({ cached_tokens: tokens, cache_write_tokens: tokens, cache_write_1h_tokens: tokens })
    .nullish()
    .catch(null),
  completion_tokens_details: z.looseObject({ reasoning_tokens: tokens }).nullish().catch(null),
  server_tool_use: z.looseObject({ web_search_requests: tokens }).nullish().catch(null),
})

const text = z.string().nullish().catch(null)

const WireToolCall = z.looseObject({
  index: z.int().min(0).max(511).nullish().catch(null),
  id: text,
  function: z.looseObject({ name: text, arguments: text }).nullish().catch(null),
})

const WireMessage = z.preprocess(
  modernised,
  z.looseObject({
    content: z
      .union([z.string(), z.array(z.looseObject({ text }))])
      .nullish()
      .catch(null),
    refusal: text,
    reasoning_content: text,
    reasoning: text,
    tool_calls: z.array(WireToolCall).nullish().catch(null),
  }),
)
type WireMessage = z.infer<typeof WireMessage>

/** A whole answer or one chunk of a stream; read leniently, since every server leaves something out. */
const WireReply = z.looseObject({
  model: text,
  choices: z
    .array(
      z.looseObject({
        index: count,
        message: WireMessage.nullish().catch(null),
        delta: WireMessage.nullish().catch(null),
        finish_reason: text,
      }),
    )
    .nullish()
    .catch(null),
  usage: WireUsage.nullish().catch(null),
  service_tier: text,
  error: z.unknown().optional(),
  embeddings: z.unknown().optional(),
})

type WireReply = z.infer<typeof WireReply>

const readWire = (json: unknown): WireReply | null =>
  isPlainReply(json) ? (json as WireReply) : (WireReply.safeParse(json).data ?? null)

const MOST_MODEL_CHARACTERS = 256
/** Above it a count of tokens is a mistake, and taken for none. */
const MOST_TOKENS = 1_000_000_000

const finishReasons: Record<string, FinishReason> = {
  stop: 'stop',
  length: 'length',
  tool_calls: 'tool_calls',
  function_call: 'tool_calls',
  content_filter: 'content_filter',
}

/** What an answer says, put together from its parts as they come: one whole reply, or the chunks of a stream. */
export class ReplyReader {
  responseModel: string | null = null
  text = ''
  reasoningText = ''
  readonly toolCalls: ToolCall[] = []
  readonly #places = new CallPlaces()
  finishReason: FinishReason | null = null
  usage: Usage | null = null
  #serviceTier: ServiceTier | undefined
  /** It brings numbers instead of words. */
  #hasEmbeddings = false
  /** What stands under `error`, when something does. */
  error: unknown = null
  /** False for bytes that are JSON but no reply. */
  isReply = false

  /** Adds a parsed reply or chunk and tells whether it brought anything of the answer itself. */
  add(json: unknown): boolean {
    const read = readWire(json)
    if (read === null) return false
    const { model, choices, usage, service_tier: tier, error, embeddings } = read
    if (error !== undefined && error !== null) this.error = error
    if (choices || this.error !== null) this.isReply = true
    if (embeddings !== undefined) this.#hasEmbeddings = true
    if (model) this.responseModel ??= model.slice(0, MOST_MODEL_CHARACTERS)
    if (tier) this.#serviceTier = serviceTierOf(tier)
    if (usage) this.usage = usageOf(usage, this.#serviceTier) ?? this.usage
    let brought = false
    for (const choice of choices ?? []) {
      if ((choice.index ?? 0) !== 0) continue
      const message = choice.message ?? choice.delta
      if (message && this.#read(message)) brought = true
      if (choice.finish_reason) this.finishReason = finishReasons[choice.finish_reason] ?? 'other'
    }
    return brought
  }

  /** True when nothing was said and no tool was called. */
  get isEmpty(): boolean {
    if (this.#hasEmbeddings) return false
    return this.text.trim() === '' && this.toolCalls.length === 0 && this.reasoningText === ''
  }

  #read(message: WireMessage): boolean {
    const content = contentOf(message) + (message.refusal ?? '')
    const reasoning = message.reasoning_content ?? message.reasoning ?? ''
    this.text += content
    this.reasoningText += reasoning
    const pieces = message.tool_calls ?? []
    for (const [position, { index, id, function: called }] of pieces.entries()) {
      const name = called?.name ?? ''
      const piece = { index: index ?? null, id: id || null, name: name || null }
      const place = this.#places.placeOf(piece, { position, pieces: pieces.length })
      const whole = (this.toolCalls[place] ??= { id: '', name: '', arguments: '' })
      if (id && whole.id === '') whole.id = id
      // Some servers say the whole name with every piece.
      if (name !== whole.name) whole.name += name
      whole.arguments += called?.arguments ?? ''
    }
    return content !== '' || reasoning !== '' || (message.tool_calls?.length ?? 0) > 0
  }
}

const contentOf = ({ content }: WireMessage): string => {
  if (typeof content === 'string') return content
  return content?.map((part) => part.text ?? '').join('') ?? ''
}

/** The tokens as the provider counted them; null when its numbers cannot be meant. */
const usageOf = (wire: z.infer<typeof WireUsage>, serviceTier: ServiceTier | undefined): Usage | null => {
  const inputTokens = natural(wire.prompt_tokens)
  const outputTokens = natural(wire.completion_tokens)
  if (inputTokens === null || outputTokens === null) return null
  return {
    inputTokens,
    outputTokens,
    cacheReadInputTokens: natural(wire.prompt_tokens_details?.cached_tokens) ?? 0,
    cacheWriteInputTokens: natural(wire.prompt_tokens_details?.cache_write_tokens) ?? 0,
    reasoningOutputTokens: natural(wire.completion_tokens_details?.reasoning_tokens) ?? 0,
    ...ifAny('cacheWriteHourInputTokens', wire.prompt_tokens_details?.cache_write_1h_tokens),
    ...ifAny('searchQueries', wire.server_tool_use?.web_search_requests),
    ...(serviceTier === undefined ? undefined : { serviceTier }),
  }
}

const ifAny = (name: 'cacheWriteHourInputTokens' | 'searchQueries', value: number | null | undefined) => {
  const count = natural(value)
  return count ? { [name]: count } : undefined
}

const natural = (value: number | null | undefined): number | null => {
  const whole = Math.max(0, Math.round(value ?? 0))
  return whole <= MOST_TOKENS ? whole : null
}

/** About how many tokens an answer has, for when its provider did not say. */
export const estimateOutputTokens = (reply: Pick<ReplyReader, 'text' | 'reasoningText' | 'toolCalls'>): number =>
  estimateTokens(reply.text) +
  estimateTokens(reply.reasoningText) +
  reply.toolCalls.reduce((tokens, { name, arguments: args }) => tokens + estimateTokens(name + args), 0)
