import { z } from 'zod'
import type { Usage } from './usage.ts'

declare global {
  /** The core only passes signals on, so here the type is opaque; the platform's own declaration merges into it. */
  interface AbortSignal {}
}

/**
 * The chat completions dialect, which is also our own inner language: a captured request replays as it came. Read
 * leniently, because providers grow fields of their own and a gateway must keep them.
 */
export const ChatMessage = z.looseObject({
  role: z.enum(['system', 'developer', 'user', 'assistant', 'tool', 'function']),
  content: z.union([z.string(), z.array(z.looseObject({ type: z.string() })), z.null()]).optional(),
})
export type ChatMessage = z.infer<typeof ChatMessage>

/** The body of `POST /v1/chat/completions`. */
export const ChatRequest = z.looseObject({
  model: z.string().min(1).max(256),
  messages: z.array(ChatMessage).min(1).max(10_000),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
  temperature: z.number().nullish(),
  max_tokens: z.int().min(1).nullish(),
  max_completion_tokens: z.int().min(1).nullish(),
  tools: z
    .array(z.looseObject({ type: z.string() }))
    .max(512)
    .nullish(),
  response_format: z.looseObject({ type: z.string() }).nullish(),
  stop: z.union([z.string(), z.array(z.string())]).nullish(),
  seed: z.int().nullish(),
})
export type ChatRequest = z.infer<typeof ChatRequest>

/**
 * True for the body of an ordinary request, without what the schema costs on every call. False says nothing: the
 * schema has to look.
 */
export const isPlainChatRequest = (body: unknown): body is ChatRequest => {
  if (!isObject(body) || Object.hasOwn(body, '__proto__')) return false
  const { model, messages } = body
  if (typeof model !== 'string' || model === '' || model.length > 256) return false
  if (!Array.isArray(messages) || messages.length === 0 || messages.length > 10_000) return false
  return (
    messages.every(isPlainMessage) &&
    isNullish(body['stream'], 'boolean') &&
    isPlainOptions(body['stream_options']) &&
    isNumber(body['temperature']) &&
    isCount(body['max_tokens']) &&
    isCount(body['max_completion_tokens']) &&
    isTools(body['tools']) &&
    (isNothing(body['response_format']) || isTyped(body['response_format'])) &&
    isNullish(body['stop'], 'string') &&
    (isNothing(body['seed']) || Number.isSafeInteger(body['seed']))
  )
}

const roles: ReadonlySet<unknown> = new Set(ChatMessage.shape.role.options)

const isPlainMessage = (message: unknown): boolean => {
  if (!isObject(message) || Object.hasOwn(message, '__proto__') || !roles.has(message['role'])) return false
  const { content } = message
  return isNullish(content, 'string') || (Array.isArray(content) && content.every(isTyped))
}

const isPlainOptions = (options: unknown): boolean =>
  isNothing(options) || (isObject(options) && isNullish(options['include_usage'], 'boolean'))

const isTools = (tools: unknown): boolean =>
  isNothing(tools) || (Array.isArray(tools) && tools.length <= 512 && tools.every(isTyped))

const isTyped = (value: unknown): boolean => isObject(value) && typeof value['type'] === 'string'

const isNumber = (value: unknown): boolean => isNothing(value) || Number.isFinite(value)

const isCount = (value: unknown): boolean => isNothing(value) || (Number.isSafeInteger(value) && Number(value) >= 1)

const isNullish = (value: unknown, type: 'string' | 'boolean'): boolean => isNothing(value) || typeof value === type

const isNothing = (value: unknown): boolean => value === undefined || value === null

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const FinishReason = z.enum(['stop', 'length', 'tool_calls', 'content_filter', 'other'])
export type FinishReason = z.infer<typeof FinishReason>

/** One call of a tool that the model asked for; `arguments` is the JSON text as the model wrote it. */
export type ToolCall = { id: string; name: string; arguments: string }

/** A whole answer, whatever the dialect it came in. */
export type Completion = {
  providerName: string
  responseModel: string
  text: string
  reasoningText: string
  toolCalls: ToolCall[]
  finishReason: FinishReason
  usage: Usage
  /** False when the provider counted, true when we did (characters / 4). */
  usageEstimated: boolean
  /** Null when the model has no price. */
  costNanoUsd: number | null
  latencyMs: number
  ttftMs: number | null
  /** What a model for embeddings gives instead of a text. */
  embeddings?: number[][]
  /** No call was made: this is an earlier answer, with the latency it had. */
  cached?: boolean
}

/** Asks a model and waits for the whole answer. Wrapping it is how cache, retry and metering are composed. */
export type Complete = (request: ChatRequest, options: { signal: AbortSignal }) => Promise<Completion>

/** The text of a message, images and other parts left out. */
export const textOf = ({ content }: ChatMessage): string => {
  if (typeof content === 'string') return content
  if (!content) return ''
  return content.map((part) => (typeof part['text'] === 'string' ? part['text'] : '')).join('')
}
