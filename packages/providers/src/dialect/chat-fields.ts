import type { ChatMessage, ChatRequest } from '@assay/core'
import type { Encoded } from './dialect.ts'
import { Drops } from './drops.ts'
import { readTools } from './tools.ts'
import { untranslatable } from './untranslatable.ts'

/** What one kind of server that speaks chat completions takes of a request that came in another dialect. */
type Server = {
  /** Fields beside those that every dialect reads. */
  fields: readonly string[]
  /** Fields that it has other names for. */
  names?: Readonly<Record<string, string>>
  /** Fields of a message that only some servers know. */
  messageFields: readonly string[]
}

const openaiFields = [
  'frequency_penalty',
  'presence_penalty',
  'logit_bias',
  'logprobs',
  'top_logprobs',
  'n',
  'seed',
  'user',
  'metadata',
  'modalities',
  'audio',
  'prediction',
  'prompt_cache_key',
  'prompt_cache_retention',
  'safety_identifier',
  'service_tier',
  'store',
  'verbosity',
  'web_search_options',
]

/** By provider; one that has no row here is taken for OpenAI itself. */
const servers: Record<string, Server> = {
  // Refuses fields that it does not know, and has another name for the limit by now.
  openai: { fields: openaiFields, names: { max_tokens: 'max_completion_tokens' }, messageFields: [] },
  compatible: {
    fields: [...openaiFields, 'top_k', 'min_p', 'repetition_penalty'],
    messageFields: ['reasoning_content'],
  },
  // It reads what it is given and refuses nothing.
  sim: { fields: [...openaiFields, 'top_k'], messageFields: ['reasoning_content', 'extra_content'] },
}

const partTypes = new Set(['text', 'image_url', 'input_audio', 'file', 'refusal'])
const formatTypes = new Set(['text', 'json_object', 'json_schema'])

/**
 * A request that came in another dialect, for a server that speaks chat completions. Throws for a tool, a schema or a
 * part of a message that such a server has no word for.
 */
export const encodeChat = (
  request: ChatRequest,
  { provider, model, baseUrl = null }: { provider: string; model: string; baseUrl?: string | null },
): Encoded => {
  const server = servers[provider] ?? servers['openai']!
  const drops = new Drops(request, { own: server.fields, provider })
  const kept = Object.entries(request).filter(([name]) => !drops.has(name))
  const messageFields = [...server.messageFields, ...hostFields(baseUrl)]
  const format = request.response_format?.type
  if (format !== undefined && !formatTypes.has(format)) {
    throw untranslatable(provider, 'response_format', `a format of type ${format} has no counterpart`)
  }
  const body = {
    ...Object.fromEntries(kept.map(([name, value]) => [server.names?.[name] ?? name, value])),
    ...offered(request, provider),
    messages: request.messages.map((message, index) => said(message, { index, provider, messageFields, drops })),
    model,
  }
  return { body, dropped: drops.names }
}

/** Google's own server of chat completions wants its signatures back. */
const hostFields = (baseUrl: string | null): readonly string[] =>
  /^https:\/\/[\w-]+\.googleapis\.com\//.test(baseUrl ?? '') ? ['extra_content'] : []

/** A choice among some of the tools is one among all that are offered: few servers know the former. */
const offered = (request: ChatRequest, provider: string): object | undefined => {
  if (!request.tools || request.tools.length === 0) return undefined
  const { tools, choice } = readTools(request, provider)
  return {
    tools: tools.map((tool) => ({ type: 'function', function: tool })),
    ...(choice === null
      ? undefined
      : { tool_choice: typeof choice === 'object' ? { type: 'function', function: choice } : choice }),
  }
}

type Place = { index: number; provider: string; messageFields: readonly string[]; drops: Drops }

const said = (message: ChatMessage, { index, provider, messageFields, drops }: Place): object => {
  const parts = Array.isArray(message.content) ? message.content : []
  for (const [at, { type }] of parts.entries()) {
    if (partTypes.has(type)) continue
    throw untranslatable(provider, `messages[${index}].content[${at}]`, `a part of type ${type} has no counterpart`)
  }
  const { reasoning_content: thoughts, extra_content: extra, tool_calls: calls, ...others } = message
  const takesThoughts = messageFields.includes('reasoning_content')
  const takesExtra = messageFields.includes('extra_content')
  if (thoughts && !takesThoughts) drops.note('reasoning_content')
  return {
    ...others,
    ...(thoughts && takesThoughts ? { reasoning_content: thoughts } : undefined),
    ...(extra && takesExtra ? { extra_content: extra } : undefined),
    ...(Array.isArray(calls) ? { tool_calls: takesExtra ? calls : calls.map(withoutExtra) } : undefined),
  }
}

const withoutExtra = (call: unknown): unknown => {
  if (typeof call !== 'object' || call === null || !('extra_content' in call)) return call
  const { extra_content: _, ...others } = call
  return others
}
