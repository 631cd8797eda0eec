import { z } from 'zod'
import type { ExtraContent } from './answer-sink.ts'
import { modernised } from './said.ts'

const count = z.number().nullish().catch(null)
const text = z.string().nullish().catch(null)
const Extra = z.record(z.string(), z.record(z.string(), z.unknown())).nullish().catch(null)

const Said = z.preprocess(
  modernised,
  z.looseObject({
    content: z
      .union([z.string(), z.array(z.looseObject({ text }))])
      .nullish()
      .catch(null),
    refusal: text,
    reasoning_content: text,
    reasoning: text,
    tool_calls: z
      .array(
        z.looseObject({
          index: z.int().min(0).max(511).nullish().catch(null),
          id: text,
          function: z.looseObject({ name: text, arguments: text }).nullish().catch(null),
          extra_content: Extra,
        }),
      )
      .nullish()
      .catch(null),
    extra_content: Extra,
  }),
)

const Usage = z.looseObject({
  prompt_tokens: count,
  completion_tokens: count,
  total_tokens: count,
  prompt_tokens_details: z.looseObject({ cached_tokens: count, cache_write_tokens: count }).nullish().catch(null),
  completion_tokens_details: z.looseObject({ reasoning_tokens: count }).nullish().catch(null),
})

const Reply = z.looseObject({
  id: text,
  created: count,
  model: text,
  choices: z
    .array(
      z.looseObject({
        index: count,
        message: Said.nullish().catch(null),
        delta: Said.nullish().catch(null),
        finish_reason: text,
      }),
    )
    .nullish()
    .catch(null),
  usage: Usage.nullish().catch(null),
})

/** What one chunk of a chat completions stream says, or a whole completion, as whoever words it anew needs it. */
export type CompletionPiece = {
  created: number | null
  model: string | null
  text: string
  refusal: string
  reasoning: string
  /** The reasoning stood in `reasoning_content`. */
  isReasoningContent: boolean
  calls: {
    index: number | null
    id: string | null
    name: string | null
    arguments: string
    extra: ExtraContent | null
  }[]
  extra: ExtraContent | null
  finishReason: string | null
  usage: PieceUsage | null
}

export type PieceUsage = {
  inputTokens: number
  outputTokens: number
  totalTokens: number
  cachedTokens: number
  cacheWriteTokens: number
  reasoningTokens: number
}

/** Reads the first choice of a chunk or completion; null for JSON that is neither. */
export const readPiece = (json: unknown): CompletionPiece | null => {
  const parsed = Reply.safeParse(json)
  if (!parsed.success) return null
  const { created, model, choices, usage } = parsed.data
  const choice = choices?.find(({ index }) => (index ?? 0) === 0)
  const said = choice?.message ?? choice?.delta
  const content = said?.content ?? ''
  return {
    created: created ?? null,
    model: model || null,
    text: typeof content === 'string' ? content : content.map((part) => part.text ?? '').join(''),
    refusal: said?.refusal ?? '',
    reasoning: said?.reasoning_content ?? said?.reasoning ?? '',
    isReasoningContent: Boolean(said?.reasoning_content),
    calls: (said?.tool_calls ?? []).map(({ index, id, function: called, extra_content: extra }) => ({
      index: index ?? null,
      id: id || null,
      name: called?.name || null,
      arguments: called?.arguments ?? '',
      extra: extra ?? null,
    })),
    extra: said?.extra_content ?? null,
    finishReason: choice?.finish_reason ?? null,
    usage: usage ? usageOf(usage) : null,
  }
}

const usageOf = (usage: z.infer<typeof Usage>): PieceUsage => {
  const inputTokens = usage.prompt_tokens ?? 0
  const outputTokens = usage.completion_tokens ?? 0
  return {
    inputTokens,
    outputTokens,
    totalTokens: usage.total_tokens ?? inputTokens + outputTokens,
    cachedTokens: usage.prompt_tokens_details?.cached_tokens ?? 0,
    cacheWriteTokens: usage.prompt_tokens_details?.cache_write_tokens ?? 0,
    reasoningTokens: usage.completion_tokens_details?.reasoning_tokens ?? 0,
  }
}
