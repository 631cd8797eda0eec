import { AssayError, ChatRequest, issuesOf, type ChatMessage } from '@assay/core'
import { z } from 'zod'
import type { ExtraContent } from '../dialect/answer-sink.ts'
import { mergeExtra, unpackCarried } from '../dialect/carried.ts'
import { lossesOf } from './decode-losses.ts'
import { isOwnThinking } from './own-messages.ts'

const Block = z.looseObject({ type: z.string() })
type Block = z.infer<typeof Block>
const Blocks = z.union([z.string().transform((text): Block[] => [{ type: 'text', text }]), z.array(Block)])

const MessagesRequest = z.looseObject({
  model: z.string().min(1).max(256),
  max_tokens: z.int().min(1),
  messages: z
    .array(z.looseObject({ role: z.enum(['user', 'assistant', 'system']), content: Blocks }))
    .min(1)
    .max(10_000),
  system: Blocks.nullish(),
  stream: z.boolean().nullish(),
  temperature: z.number().nullish(),
  top_p: z.number().nullish(),
  top_k: z.int().nullish(),
  stop_sequences: z.array(z.string()).nullish(),
  tools: z
    .array(
      z.looseObject({
        type: z.string().nullish(),
        name: z.string(),
        description: z.string().nullish(),
        input_schema: z.record(z.string(), z.unknown()).nullish(),
      }),
    )
    .max(512)
    .nullish(),
  tool_choice: z
    .looseObject({
      type: z.enum(['auto', 'any', 'tool', 'none']),
      name: z.string().optional(),
      disable_parallel_tool_use: z.boolean().nullish(),
    })
    .nullish(),
  thinking: z.looseObject({ type: z.string(), budget_tokens: z.number().optional() }).nullish(),
  output_config: z
    .looseObject({ effort: z.string().nullish(), format: z.looseObject({ type: z.string() }).nullish() })
    .nullish(),
  metadata: z.looseObject({ user_id: z.string().nullish() }).nullish(),
})
type MessagesRequest = z.infer<typeof MessagesRequest>

/** How fields of chat completions are called where these callers have them, for when one is dropped. */
export const messagesNames: Readonly<Record<string, string>> = {
  stop: 'stop_sequences',
  user: 'metadata.user_id',
  reasoning_effort: 'thinking',
  response_format: 'output_config.format',
  reasoning_content: 'messages.thinking',
}

/** A request of the Messages API as a chat completion request. */
export const decodeMessages = (body: unknown): ChatRequest => {
  const parsed = MessagesRequest.safeParse(body)
  if (!parsed.success) {
    throw new AssayError('input.invalid', { what: 'request body', issues: issuesOf(parsed.error).slice(0, 10) })
  }
  const request = parsed.data
  const system: ChatMessage[] = request.system ? [{ role: 'system', content: request.system.map(partOf) }] : []
  return ChatRequest.parse({
    model: request.model,
    max_tokens: request.max_tokens,
    messages: [...system, ...request.messages.flatMap(messagesOf)],
    ...(request.stream ? { stream: true, stream_options: { include_usage: true } } : undefined),
    ...given({ temperature: request.temperature, top_p: request.top_p, top_k: request.top_k }),
    ...given({ stop: request.stop_sequences, user: request.metadata?.user_id }),
    ...toolsOf(request),
    ...formatOf(request),
    ...given({ reasoning_effort: effortOf(request), service_tier: tierOf(request['service_tier']) }),
    ...lossesOf(request),
  })
}

const given = (fields: Record<string, unknown>): object =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined))

/** One message may hold several of ours: the results of tools stand alone. */
const messagesOf = ({ role, content }: MessagesRequest['messages'][number]): ChatMessage[] => {
  if (role === 'assistant') return [assistantOf(content)]
  const results = content.filter(({ type }) => type === 'tool_result').map(resultOf)
  const parts = content.filter(({ type }) => type !== 'tool_result').map(partOf)
  return parts.length === 0 ? results : [...results, { role, content: parts }]
}

const assistantOf = (content: Block[]): ChatMessage => {
  const isThinking = ({ type }: Block) => type === 'thinking' || type === 'redacted_thinking'
  const thinking = content.filter((block) => isThinking(block) && isOwnThinking(block))
  const { calls, extra } = callsOf(content)
  const thoughts = content.map((block) => (block.type === 'thinking' ? textOf(block['thinking']) : '')).join('')
  const parts = content.filter((block) => !isThinking(block) && block.type !== 'tool_use').map(partOf)
  const isText = parts.every(({ type }) => type === 'text')
  return {
    role: 'assistant',
    content: parts.length === 0 ? null : isText ? parts.map((part) => textOf(part['text'])).join('') : parts,
    ...(calls.length === 0 ? undefined : { tool_calls: calls }),
    ...(thinking.length === 0 && thoughts !== '' ? { reasoning_content: thoughts } : undefined),
    ...(thinking.length === 0 && !extra
      ? undefined
      : {
          extra_content: {
            ...extra,
            ...(thinking.length === 0 ? undefined : { anthropic: { thinking_blocks: thinking } }),
          },
        }),
  }
}

/** The calls with what other providers want back with them, and what they want back with the message. */
const callsOf = (content: Block[]): { calls: object[]; extra: ExtraContent | undefined } => {
  const calls: object[] = []
  let extra: ExtraContent | undefined
  let next: ExtraContent | undefined
  for (const block of content) {
    const carried = block.type === 'redacted_thinking' ? unpackCarried(textOf(block['data'])) : null
    extra = mergeExtra(extra, carried?.message)
    next = carried?.call ?? next
    if (block.type !== 'tool_use') continue
    calls.push({
      id: textOf(block['id']),
      type: 'function',
      function: { name: textOf(block['name']), arguments: JSON.stringify(block['input'] ?? {}) },
      ...(next ? { extra_content: next } : undefined),
    })
    next = undefined
  }
  return { calls, extra }
}

const resultOf = (block: Block): ChatMessage => {
  const content = Blocks.safeParse(block['content'] ?? '').data ?? []
  const parts = content.map(partOf)
  const isText = parts.every(({ type }) => type === 'text')
  return {
    role: 'tool',
    tool_call_id: textOf(block['tool_use_id']),
    content: isText ? parts.map((part) => textOf(part['text'])).join('') : parts,
  }
}

const Image = z.looseObject({
  type: z.enum(['image', 'document']),
  source: z.union([
    z.looseObject({ type: z.literal('base64'), media_type: z.string(), data: z.string() }),
    z.looseObject({ type: z.literal('url'), url: z.string() }),
  ]),
})

/** A part of a message; a block without a counterpart keeps its type, and is refused by it. */
const partOf = (block: Block): Block => {
  if (block.type === 'text') return { type: 'text', text: textOf(block['text']) }
  const parsed = Image.safeParse(block)
  if (!parsed.success) return block
  const { type, source } = parsed.data
  if (source.type === 'url') return type === 'image' ? { type: 'image_url', image_url: { url: source.url } } : block
  const url = `data:${source.media_type};base64,${source.data}`
  return type === 'image'
    ? { type: 'image_url', image_url: { url } }
    : { type: 'file', file: { filename: 'document', file_data: url } }
}

const choices = { auto: 'auto', any: 'required', none: 'none' } as const

const toolsOf = ({ tools, tool_choice: choice }: MessagesRequest): object | undefined => {
  if (!tools || tools.length === 0) return undefined
  return {
    tools: tools.map(({ type, name, description, input_schema: parameters, strict }) =>
      type && type !== 'custom'
        ? { type, name }
        : { type: 'function', function: { name, ...given({ description, parameters, strict }) } },
    ),
    ...(choice
      ? {
          tool_choice:
            choice.type === 'tool' ? { type: 'function', function: { name: choice.name ?? '' } } : choices[choice.type],
          ...(choice.disable_parallel_tool_use ? { parallel_tool_calls: false } : undefined),
        }
      : undefined),
  }
}

const formatOf = ({ output_config: config }: MessagesRequest): object | undefined => {
  const format = config?.format
  if (!format) return undefined
  return { response_format: { type: format.type, json_schema: { name: 'answer', schema: format['schema'] } } }
}

const effortOf = ({ thinking, output_config: config }: MessagesRequest): string | undefined => {
  if (config?.effort) return config.effort === 'max' ? 'xhigh' : config.effort
  const budget = thinking?.type === 'enabled' ? (thinking.budget_tokens ?? 0) : null
  if (budget === null) return thinking?.type === 'adaptive' ? 'medium' : undefined
  return budget < 4_096 ? 'low' : budget < 16_384 ? 'medium' : 'high'
}

const tierOf = (tier: unknown): string | null => (tier === 'standard_only' ? 'default' : null)

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')
