import { serviceTierOf, type FinishReason } from '@assay/core'
import { z } from 'zod'
import type { AnswerSink, AnswerUsage } from '../dialect/answer-sink.ts'
import type { AnswerReader } from '../dialect/dialect.ts'
import { translateRefusal } from '../dialect/refusal-types.ts'
import { refusalOf } from '../refusal.ts'
import { refusals } from './refusals.ts'

const count = z.number().nullish().catch(null)
const text = z.string().nullish().catch(null)

const WireUsage = z.looseObject({
  input_tokens: count,
  output_tokens: count,
  cache_read_input_tokens: count,
  cache_creation_input_tokens: count,
  cache_creation: z.looseObject({ ephemeral_1h_input_tokens: count }).nullish().catch(null),
  output_tokens_details: z.looseObject({ thinking_tokens: count }).nullish().catch(null),
  server_tool_use: z.looseObject({ web_search_requests: count }).nullish().catch(null),
  service_tier: text,
})
type WireUsage = z.infer<typeof WireUsage>

const Block = z.looseObject({
  type: z.string(),
  text,
  thinking: text,
  signature: text,
  id: text,
  name: text,
  input: z.unknown().optional(),
})
type Block = z.infer<typeof Block>

const Message = z.looseObject({
  model: text,
  content: z.array(z.unknown()).nullish().catch(null),
  stop_reason: text,
  usage: WireUsage.nullish().catch(null),
})

const Event = z.looseObject({
  type: z.string(),
  index: count,
  message: Message.nullish().catch(null),
  content_block: Block.nullish().catch(null),
  delta: z
    .looseObject({ type: text, text, thinking: text, signature: text, partial_json: text, stop_reason: text })
    .nullish()
    .catch(null),
  usage: WireUsage.nullish().catch(null),
})
type Event = z.infer<typeof Event>

const finishReasons: Record<string, FinishReason> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  pause_turn: 'stop',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  tool_use: 'tool_calls',
  refusal: 'content_filter',
}

/** A block that is being told: thinking with what proves it, or a call with its place. */
type OpenBlock =
  | { kind: 'thinking'; thinking: string; signature: string }
  | { kind: 'call'; place: number; hasArguments: boolean; input: unknown }

/** Reads an answer of Anthropic's Messages API, streamed or whole. */
export class MessageReader implements AnswerReader {
  readonly #sink: AnswerSink
  readonly #open = new Map<number, OpenBlock>()
  /** Thinking as it came, signatures and redacted parts included: on the next turn the API wants it back so. */
  readonly #thinking: object[] = []
  #usage: WireUsage | null = null
  #stopReason: string | null = null
  /** The message has ended; a server may still send another behind it, which belongs to the same answer. */
  #isWhole = false

  constructor(sink: AnswerSink) {
    this.#sink = sink
  }

  read(json: unknown): void {
    const parsed = Event.safeParse(json)
    if (!parsed.success) {
      // A server between may send an error of its own shape.
      if (hasError(json)) this.#fail(json)
      return
    }
    const event = parsed.data
    if (event.type === 'error' || (event.type !== 'message_start' && hasError(json))) return this.#fail(json)
    this.#handlers[event.type]?.(event)
  }

  readWhole(json: unknown): boolean {
    if (hasError(json)) {
      this.#fail(json)
      return true
    }
    const parsed = Message.safeParse(json)
    if (!parsed.success || !parsed.data.content) return false
    const message = parsed.data
    this.#handlers['message_start']!({ type: 'message_start', message })
    for (const [index, content] of parsed.data.content.entries()) {
      const block = Block.safeParse(content)
      if (!block.success) continue
      this.#start(index, block.data)
      this.#stop(index)
    }
    this.#stopReason = message.stop_reason ?? null
    this.#finish()
    return true
  }

  end(): void {
    // One that ended without `message_stop` was cut.
    if (this.#isWhole) this.#finish()
  }

  readonly #handlers: Record<string, (event: Event) => void> = {
    message_start: ({ message }) => {
      this.#isWhole = false
      if (message?.model) this.#sink.model(message.model)
      this.#count(message?.usage)
    },
    content_block_start: ({ index, content_block: block }) => {
      if (block) this.#start(index ?? 0, block)
    },
    content_block_delta: ({ index, delta }) => {
      if (delta) this.#add(index ?? 0, delta)
    },
    content_block_stop: ({ index }) => this.#stop(index ?? 0),
    message_delta: ({ delta, usage }) => {
      this.#stopReason = delta?.stop_reason ?? this.#stopReason
      this.#count(usage)
    },
    message_stop: () => {
      this.#isWhole = true
    },
  }

  #start(index: number, block: Block): void {
    this.#stop(index)
    if (block.type === 'text') this.#sink.text(block.text ?? '')
    else if (block.type === 'thinking') {
      const thinking = block.thinking ?? ''
      this.#open.set(index, { kind: 'thinking', thinking, signature: block.signature ?? '' })
      this.#sink.reasoning(thinking)
    } else if (block.type === 'redacted_thinking') this.#thinking.push(block)
    else if (block.type === 'tool_use') {
      const place = this.#sink.toolCall({ id: block.id || null, name: block.name ?? '' })
      this.#open.set(index, { kind: 'call', place, hasArguments: false, input: block.input })
    }
    // Everything else is the provider's own doing, such as its server-side tools.
  }

  #add(index: number, delta: NonNullable<Event['delta']>): void {
    const block = this.#open.get(index)
    if (delta.type === 'text_delta') this.#sink.text(delta.text ?? '')
    else if (block?.kind === 'thinking') {
      block.thinking += delta.thinking ?? ''
      block.signature += delta.signature ?? ''
      this.#sink.reasoning(delta.thinking ?? '')
    } else if (block?.kind === 'call' && delta.partial_json) {
      block.hasArguments = true
      this.#sink.toolArguments(block.place, delta.partial_json)
    }
  }

  #stop(index: number): void {
    const block = this.#open.get(index)
    this.#open.delete(index)
    if (block?.kind === 'call' && !block.hasArguments) {
      this.#sink.toolArguments(block.place, JSON.stringify(block.input ?? {}))
    } else if (block?.kind === 'thinking' && block.signature !== '') {
      this.#thinking.push({ type: 'thinking', thinking: block.thinking, signature: block.signature })
    }
  }

  /** What a later event counts takes the place of what an earlier one did. */
  #count(usage: WireUsage | null | undefined): void {
    if (!usage) return
    const given = Object.entries(usage).filter(([, value]) => value !== null && value !== undefined)
    this.#usage = { ...this.#usage, ...Object.fromEntries(given) }
  }

  #finish(): void {
    for (const index of this.#open.keys()) this.#stop(index)
    if (this.#thinking.length > 0) this.#sink.extra({ anthropic: { thinking_blocks: this.#thinking } })
    this.#sink.finish(finishReasons[this.#stopReason ?? ''] ?? 'other', this.#usage && usageOf(this.#usage))
  }

  #fail(json: unknown): void {
    const refusal = refusalOf(json) ?? { message: 'it broke off with an error', type: null, code: null, param: null }
    this.#sink.fail(translateRefusal(refusal, refusals), this.#usage && usageOf(this.#usage))
  }
}

const hasError = (json: unknown): boolean =>
  typeof json === 'object' && json !== null && 'error' in json && json.error !== null

/** Anthropic counts cached tokens apart from the input; everywhere else they are part of it. */
const usageOf = (wire: WireUsage): AnswerUsage => {
  const read = natural(wire.cache_read_input_tokens)
  const write = natural(wire.cache_creation_input_tokens)
  const serviceTier = serviceTierOf(wire.service_tier)
  const searchQueries = natural(wire.server_tool_use?.web_search_requests)
  return {
    inputTokens: natural(wire.input_tokens) + read + write,
    outputTokens: natural(wire.output_tokens),
    cacheReadInputTokens: read,
    cacheWriteInputTokens: write,
    cacheWriteHourInputTokens: natural(wire.cache_creation?.ephemeral_1h_input_tokens),
    reasoningOutputTokens: natural(wire.output_tokens_details?.thinking_tokens),
    ...(serviceTier === undefined ? undefined : { serviceTier }),
    ...(searchQueries === 0 ? undefined : { searchQueries }),
  }
}

const natural = (value: number | null | undefined): number => Math.max(0, Math.round(value ?? 0))
