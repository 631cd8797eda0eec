import { z } from 'zod'
import { CallPlaces } from '../compatible/call-places.ts'
import { callId, type ExtraContent } from '../dialect/answer-sink.ts'
import type { CallerStream } from '../dialect/caller.ts'
import { mergeExtra, packCarried, type Carried } from '../dialect/carried.ts'
import { modernised, Words } from '../dialect/said.ts'

const count = z.number().nullish().catch(null)
const text = z.string().nullish().catch(null)
const extra = z.record(z.string(), z.record(z.string(), z.unknown())).optional().catch(undefined)
const Said = z.preprocess(
  modernised,
  z.looseObject({
    content: Words,
    refusal: text,
    reasoning_content: text,
    reasoning: text,
    extra_content: extra,
    tool_calls: z
      .array(
        z.looseObject({
          index: z.int().min(0).max(511).nullish().catch(null),
          id: text,
          function: z.looseObject({ name: text, arguments: text }).nullish().catch(null),
          extra_content: extra,
        }),
      )
      .nullish()
      .catch(null),
  }),
)
type Said = z.infer<typeof Said>
const Usage = z.looseObject({
  prompt_tokens: count,
  completion_tokens: count,
  prompt_tokens_details: z
    .looseObject({ cached_tokens: count, cache_write_tokens: count, cache_write_1h_tokens: count })
    .nullish()
    .catch(null),
})
type Usage = z.infer<typeof Usage>
const Reply = z.looseObject({
  id: text,
  model: text,
  choices: z
    .array(
      z.looseObject({
        message: Said.nullish().catch(null),
        delta: Said.nullish().catch(null),
        finish_reason: text,
      }),
    )
    .nullish()
    .catch(null),
  usage: Usage.nullish().catch(null),
})

const stopReasons: Record<string, string> = {
  stop: 'end_turn',
  length: 'max_tokens',
  tool_calls: 'tool_use',
  function_call: 'tool_use',
  content_filter: 'refusal',
}
const stopReasonOf = (finishReason: string | null | undefined): string => stopReasons[finishReason ?? ''] ?? 'end_turn'

const usageOf = (usage: Usage | null | undefined) => {
  const read = usage?.prompt_tokens_details?.cached_tokens ?? 0
  const write = usage?.prompt_tokens_details?.cache_write_tokens ?? 0
  const hour = Math.min(write, usage?.prompt_tokens_details?.cache_write_1h_tokens ?? 0)
  return {
    input_tokens: Math.max(0, (usage?.prompt_tokens ?? 0) - read - write),
    cache_creation_input_tokens: write,
    cache_read_input_tokens: read,
    output_tokens: usage?.completion_tokens ?? 0,
    ...(hour === 0
      ? undefined
      : { cache_creation: { ephemeral_5m_input_tokens: write - hour, ephemeral_1h_input_tokens: hour } }),
  }
}

const messageId = (id: string | null | undefined): string => `msg_${(id ?? '').replace(/^chatcmpl-/, '')}`

/** A whole chat completion as an answer of the Messages API. */
export const encodeMessage = (completion: unknown): object => {
  const { id, model, choices, usage } = Reply.parse(completion)
  const choice = choices?.[0]
  const said = choice?.message
  const words = (said?.content ?? '') + (said?.refusal ?? '')
  const thinking = said?.reasoning_content ?? said?.reasoning
  return {
    id: messageId(id),
    type: 'message',
    role: 'assistant',
    model: model ?? '',
    content: [
      ...(thinking ? [{ type: 'thinking', thinking, signature: '' }] : []),
      ...carriedBlocks({ message: said?.extra_content }),
      ...(words === '' ? [] : [{ type: 'text', text: words }]),
      ...(said?.tool_calls ?? []).flatMap((call, place) => [
        ...carriedBlocks({ call: call.extra_content }),
        {
          type: 'tool_use',
          id: call.id || madeId(id, place),
          name: call.function?.name ?? '',
          input: inputOf(call.function?.arguments),
        },
      ]),
    ],
    stop_reason: stopReasonOf(choice?.finish_reason),
    stop_sequence: null,
    usage: usageOf(usage),
  }
}

/** Clients tell calls apart by their ids, so one without gets one. */
const madeId = (id: string | null | undefined, place: number): string =>
  callId({ id: id ?? '', created: 0, model: '' }, place)

/** What the provider wants back stands where this API has thinking that nobody can read. */
const carriedBlocks = ({ message, call }: Carried): object[] =>
  message || call ? [{ type: 'redacted_thinking', data: packCarried({ message, call }) }] : []

const inputOf = (text: string | null | undefined): unknown => {
  try {
    return JSON.parse(text || '{}')
  } catch {
    // The model's own broken JSON; the API can say nothing but objects.
    return { arguments: text }
  }
}

type Call = { id: string; name: string; arguments: string; extra: ExtraContent | undefined }

/** Writes chunks of chat completions as the events of a Messages stream. */
export class MessageWriter implements CallerStream {
  #hasStarted = false
  #block: { index: number; kind: 'thinking' | 'text' | 'tool_use' } | null = null
  #extra: ExtraContent | undefined
  #blocks = 0
  /** Blocks do not interleave: the first call is told as it comes, the others when it is whole. */
  readonly #calls: Call[] = []
  readonly #places = new CallPlaces()
  #id: string | null | undefined
  /** What is said behind a call waits for it, since its arguments may go on. */
  readonly #after = { thinking: '', words: '' }
  #finishReason: string | null = null
  #usage: Usage | null = null

  push(chunk: unknown): string {
    const parsed = Reply.safeParse(chunk)
    if (!parsed.success) return ''
    const { id, model, choices, usage } = parsed.data
    let events = this.#hasStarted ? '' : this.#start(id, model)
    this.#id ??= id
    if (usage) this.#usage = usage
    for (const { delta, finish_reason: finishReason } of (choices ?? []).slice(0, 1)) {
      if (delta) events += this.#say(delta)
      this.#finishReason = finishReason ?? this.#finishReason
    }
    return events
  }

  pushText(text: string): string {
    return this.#say({ content: text })
  }

  end(): string {
    const later = this.#calls.slice(1).map((call) => this.#open('tool_use', call) + this.#input(call.arguments || '{}'))
    return [
      ...later,
      this.#speak(this.#after),
      this.#carry({ message: this.#extra }),
      this.#close(),
      event('message_delta', {
        delta: { stop_reason: stopReasonOf(this.#finishReason), stop_sequence: null },
        usage: usageOf(this.#usage),
      }),
      event('message_stop', {}),
    ].join('')
  }

  #start(id: string | null | undefined, model: string | null | undefined): string {
    this.#hasStarted = true
    return event('message_start', {
      message: {
        id: messageId(id),
        type: 'message',
        role: 'assistant',
        model: model ?? '',
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: usageOf(null),
      },
    })
  }

  #say({ content, refusal, reasoning_content, reasoning, tool_calls: calls, extra_content: extra }: Said): string {
    let events = ''
    this.#extra = mergeExtra(this.#extra, extra)
    const thinking = reasoning_content ?? reasoning ?? ''
    const words = (content ?? '') + (refusal ?? '')
    if (this.#calls.length === 0) events += this.#speak({ thinking, words })
    else {
      this.#after.thinking += thinking
      this.#after.words += words
    }
    for (const [position, { index, id, function: called, extra_content: own }] of (calls ?? []).entries()) {
      const piece = { index: index ?? null, id: id || null, name: called?.name || null }
      const place = this.#places.placeOf(piece, { position, pieces: calls!.length })
      const isNew = this.#calls[place] === undefined
      const call = (this.#calls[place] ??= { id: id || madeId(this.#id, place), name: '', arguments: '', extra: own })
      call.name += called?.name ?? ''
      call.arguments += called?.arguments ?? ''
      if (place > 0) continue
      if (isNew) events += this.#open('tool_use', call)
      if (called?.arguments) events += this.#input(called.arguments)
    }
    return events
  }

  #speak({ thinking, words }: { thinking: string; words: string }): string {
    let events = ''
    if (thinking !== '') events += this.#open('thinking') + this.#delta({ type: 'thinking_delta', thinking })
    if (words !== '') events += this.#open('text') + this.#delta({ type: 'text_delta', text: words })
    return events
  }

  #open(kind: 'thinking' | 'text' | 'tool_use', call?: Call): string {
    if (this.#block?.kind === kind && kind !== 'tool_use') return ''
    const closed = this.#carry({ call: call?.extra }) + this.#close()
    const index = this.#blocks++
    this.#block = { index, kind }
    const block =
      kind === 'text'
        ? { type: kind, text: '' }
        : kind === 'thinking'
          ? { type: kind, thinking: '', signature: '' }
          : { type: kind, id: call?.id ?? '', name: call?.name ?? '', input: {} }
    return closed + event('content_block_start', { index, content_block: block })
  }

  #carry(carried: Carried): string {
    const [block] = carriedBlocks(carried)
    if (!block) return ''
    const closed = this.#close()
    const index = this.#blocks++
    return `${closed}${event('content_block_start', { index, content_block: block })}${event('content_block_stop', { index })}`
  }

  #input(text: string): string {
    return this.#delta({ type: 'input_json_delta', partial_json: text })
  }

  #delta(delta: object): string {
    return event('content_block_delta', { index: this.#block?.index ?? 0, delta })
  }

  #close(): string {
    const block = this.#block
    this.#block = null
    return block ? event('content_block_stop', { index: block.index }) : ''
  }
}

const event = (type: string, fields: object): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`
