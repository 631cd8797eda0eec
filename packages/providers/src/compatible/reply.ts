import { estimateTokens, type FinishReason, type ToolCall, type Usage } from '@assay/core'
import { z } from 'zod'

const count = z.number().nullish().catch(null)

const WireUsage = z.looseObject({
  prompt_tokens: count,
  completion_tokens: count,
  prompt_tokens_details: z.looseObject({ cached_tokens: count, cache_write_tokens: count }).nullish().catch(null),
  completion_tokens_details: z.looseObject({ reasoning_tokens: count }).nullish().catch(null),
})

const text = z.string().nullish().catch(null)

const WireToolCall = z.looseObject({
  index: count,
  id: text,
  function: z.looseObject({ name: text, arguments: text }).nullish().catch(null),
})

const WireMessage = z.looseObject({
  content: z
    .union([z.string(), z.array(z.looseObject({ text }))])
    .nullish()
    .catch(null),
  refusal: text,
  reasoning_content: text,
  reasoning: text,
  tool_calls: z.array(WireToolCall).nullish().catch(null),
})
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
  error: z.unknown().optional(),
})

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
  finishReason: FinishReason | null = null
  usage: Usage | null = null
  /** What stands under `error`, when something does. */
  error: unknown = null
  /** False for bytes that are JSON but no reply. */
  isReply = false

  /** Adds a parsed reply or chunk and tells whether it brought anything of the answer itself. */
  add(json: unknown): boolean {
    const parsed = WireReply.safeParse(json)
    if (!parsed.success) return false
    const { model, choices, usage, error } = parsed.data
    if (error !== undefined && error !== null) this.error = error
    if (choices || this.error !== null) this.isReply = true
    if (model) this.responseModel ??= model
    if (usage) this.usage = usageOf(usage)
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
    return this.text.trim() === '' && this.toolCalls.length === 0 && this.reasoningText === ''
  }

  #read(message: WireMessage): boolean {
    const content = contentOf(message) + (message.refusal ?? '')
    const reasoning = message.reasoning_content ?? message.reasoning ?? ''
    this.text += content
    this.reasoningText += reasoning
    for (const [place, call] of (message.tool_calls ?? []).entries()) {
      const index = call.index ?? (message.tool_calls!.length > 1 ? place : this.#openIndex(call.id))
      this.toolCalls[index] ??= { id: '', name: '', arguments: '' }
      const whole = this.toolCalls[index]
      if (call.id && whole.id === '') whole.id = call.id
      whole.name += call.function?.name ?? ''
      whole.arguments += call.function?.arguments ?? ''
    }
    return content !== '' || reasoning !== '' || (message.tool_calls?.length ?? 0) > 0
  }

  /** Where a call without index goes: a new id opens a new one. */
  #openIndex(id: string | null | undefined): number {
    const last = this.toolCalls.length - 1
    if (last < 0) return 0
    return id && this.toolCalls[last]!.id !== id ? last + 1 : last
  }
}

const contentOf = ({ content }: WireMessage): string => {
  if (typeof content === 'string') return content
  return content?.map((part) => part.text ?? '').join('') ?? ''
}

const usageOf = (wire: z.infer<typeof WireUsage>): Usage => ({
  inputTokens: natural(wire.prompt_tokens),
  outputTokens: natural(wire.completion_tokens),
  cacheReadInputTokens: natural(wire.prompt_tokens_details?.cached_tokens),
  cacheWriteInputTokens: natural(wire.prompt_tokens_details?.cache_write_tokens),
  reasoningOutputTokens: natural(wire.completion_tokens_details?.reasoning_tokens),
})

const natural = (value: number | null | undefined): number => Math.max(0, Math.round(value ?? 0))

/** About how many tokens an answer has, for when its provider did not say. */
export const estimateOutputTokens = (reply: Pick<ReplyReader, 'text' | 'reasoningText' | 'toolCalls'>): number =>
  estimateTokens(reply.text) +
  estimateTokens(reply.reasoningText) +
  reply.toolCalls.reduce((tokens, { name, arguments: args }) => tokens + estimateTokens(name + args), 0)
