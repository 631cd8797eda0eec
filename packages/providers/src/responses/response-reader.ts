import type { FinishReason } from '@assay/core'
import { z } from 'zod'
import type { AnswerSink, AnswerUsage } from '../dialect/answer-sink.ts'
import type { AnswerReader } from '../dialect/dialect.ts'
import { refusalOf } from '../refusal.ts'

const count = z.number().nullish().catch(null)
const text = z.string().nullish().catch(null)

const Item = z.looseObject({
  type: z.string(),
  call_id: text,
  id: text,
  name: text,
  arguments: text,
  input: text,
  content: z
    .array(z.looseObject({ type: text, text, refusal: text }))
    .nullish()
    .catch(null),
  summary: z.array(z.looseObject({ text })).nullish().catch(null),
})
type Item = z.infer<typeof Item>

const Usage = z.looseObject({
  input_tokens: count,
  input_tokens_details: z.looseObject({ cached_tokens: count, cache_write_tokens: count }).nullish().catch(null),
  output_tokens: count,
  output_tokens_details: z.looseObject({ reasoning_tokens: count }).nullish().catch(null),
})

const Response = z.looseObject({
  object: text,
  model: text,
  status: text,
  output: z
    .array(Item.catch({ type: '' }))
    .nullish()
    .catch(null),
  incomplete_details: z.looseObject({ reason: text }).nullish().catch(null),
  usage: Usage.nullish().catch(null),
})
type Response = z.infer<typeof Response>

const Event = z.looseObject({
  type: z.string(),
  output_index: count,
  delta: text,
  item: Item.nullish().catch(null),
  response: Response.nullish().catch(null),
})
type Event = z.infer<typeof Event>

/** Items that wait for the caller to do something; the others are the provider's own doing. */
const callKinds = new Set([
  'function_call',
  'custom_tool_call',
  'computer_call',
  'local_shell_call',
  'shell_call',
  'apply_patch_call',
  'mcp_approval_request',
])

type Call = { place: number; hasArguments: boolean }

/** Reads an answer of the Responses API, streamed or whole. */
export class ResponseReader implements AnswerReader {
  readonly #sink: AnswerSink
  readonly #calls = new Map<number, Call>()
  #isWhole = false

  constructor(sink: AnswerSink) {
    this.#sink = sink
  }

  read(json: unknown): void {
    const parsed = Event.safeParse(json)
    if (!parsed.success) {
      if (hasError(json)) this.#fail(json, null)
      return
    }
    if (parsed.data.type === 'error' || hasError(json)) return this.#fail(json, null)
    this.#handlers[parsed.data.type]?.(parsed.data)
  }

  readWhole(json: unknown): boolean {
    const parsed = Response.safeParse(json)
    if (!parsed.success || (parsed.data.object !== 'response' && !parsed.data.output)) {
      if (!hasError(json)) return false
      this.#fail(json, null)
      return true
    }
    const response = parsed.data
    if (response.model) this.#sink.model(response.model)
    if (response.status === 'failed') this.#fail(json, response)
    else {
      for (const [index, item] of (response.output ?? []).entries()) this.#takeItem(item, index)
      // It goes on in the background, so there is nothing to be said yet.
      if (response.status === 'queued' || response.status === 'in_progress') this.#sink.reasoning(response.status)
      this.#finish(response)
    }
    return true
  }

  end(): void {
    // Nothing is left open: a response is over with its last event, or it was cut.
  }

  readonly #handlers: Record<string, (event: Event) => void> = {
    'response.created': ({ response }) => {
      if (response?.model) this.#sink.model(response.model)
    },
    'response.output_text.delta': ({ delta }) => this.#sink.text(delta ?? ''),
    'response.refusal.delta': ({ delta }) => this.#sink.text(delta ?? ''),
    'response.reasoning_summary_text.delta': ({ delta }) => this.#sink.reasoning(delta ?? ''),
    'response.reasoning_text.delta': ({ delta }) => this.#sink.reasoning(delta ?? ''),
    'response.output_item.added': ({ item, output_index: index }) => {
      if (item && callKinds.has(item.type)) this.#open(item, index ?? 0)
      else if (item) this.#mention(item)
    },
    'response.function_call_arguments.delta': (event) => this.#argue(event),
    'response.custom_tool_call_input.delta': (event) => this.#argue(event),
    'response.output_item.done': ({ item, output_index: index }) => {
      if (item && callKinds.has(item.type)) this.#close(item, index ?? 0)
    },
    'response.completed': ({ response }) => this.#finish(response),
    'response.incomplete': ({ response }) => this.#finish(response),
    'response.cancelled': ({ response }) => this.#finish(response),
    'response.failed': ({ response }) => this.#fail(response, response),
  }

  #takeItem(item: Item, index: number): void {
    if (callKinds.has(item.type)) return this.#close(item, index)
    for (const { text: said, refusal } of item.type === 'message' ? (item.content ?? []) : []) {
      this.#sink.text((said ?? '') + (refusal ?? ''))
    }
    if (item.type !== 'reasoning') return this.#mention(item)
    const told = [...(item.summary ?? []), ...(item.content ?? [])].map((part) => part.text ?? '')
    this.#sink.reasoning(told.join('\n\n'))
  }

  /** What the provider did by itself, such as a search or an image, is an answer too, although nothing is said. */
  #mention({ type }: Item): void {
    if (type !== 'message' && type !== 'reasoning') this.#sink.reasoning(type)
  }

  #open({ call_id: id, id: itemId, name, type }: Item, index: number): Call {
    const call = { place: this.#sink.toolCall({ id: id || itemId || null, name: name || type }), hasArguments: false }
    this.#calls.set(index, call)
    return call
  }

  #argue({ delta, output_index: index }: Event): void {
    const call = this.#calls.get(index ?? 0)
    if (!call || !delta) return
    call.hasArguments = true
    this.#sink.toolArguments(call.place, delta)
  }

  #close(item: Item, index: number): void {
    const call = this.#calls.get(index) ?? this.#open(item, index)
    if (!call.hasArguments) this.#sink.toolArguments(call.place, item.arguments ?? item.input ?? '{}')
    call.hasArguments = true
  }

  #finish(response: Response | null | undefined): void {
    if (this.#isWhole) return
    this.#isWhole = true
    this.#sink.finish(this.#ending(response), response?.usage ? usageOf(response.usage) : null)
  }

  #ending(response: Response | null | undefined): FinishReason {
    const { status, incomplete_details: details } = response ?? {}
    if (status === 'incomplete') return details?.reason === 'content_filter' ? 'content_filter' : 'length'
    return this.#sink.toolCalls > 0 ? 'tool_calls' : 'stop'
  }

  #fail(json: unknown, response: Response | null | undefined): void {
    const refusal = refusalOf(json) ?? { message: 'it broke off with an error', type: null, code: null, param: null }
    this.#sink.fail(refusal, response?.usage ? usageOf(response.usage) : null)
  }
}

const hasError = (json: unknown): boolean =>
  typeof json === 'object' && json !== null && 'error' in json && json.error !== null

const usageOf = (wire: z.infer<typeof Usage>): AnswerUsage => ({
  inputTokens: wire.input_tokens ?? 0,
  outputTokens: wire.output_tokens ?? 0,
  cacheReadInputTokens: wire.input_tokens_details?.cached_tokens ?? 0,
  cacheWriteInputTokens: wire.input_tokens_details?.cache_write_tokens ?? 0,
  reasoningOutputTokens: wire.output_tokens_details?.reasoning_tokens ?? 0,
})
