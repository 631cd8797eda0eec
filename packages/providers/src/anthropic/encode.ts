import { outputLimitOf, priceOf, type ChatRequest } from '@assay/core'
import { z } from 'zod'
import type { ContentPart } from '../dialect/content.ts'
import { readConversation, type Turn } from '../dialect/conversation.ts'
import type { Encoded } from '../dialect/dialect.ts'
import { Drops } from '../dialect/drops.ts'
import { readSchema, readTools, type ToolUse } from '../dialect/tools.ts'
import { untranslatable } from '../dialect/untranslatable.ts'
import { refusesSampling, thinkingOf } from './thinking.ts'

const PROVIDER = 'anthropic'

/** The API wants a limit; these are for a request that sets none. */
const DEFAULT_MAX_TOKENS = 4_096
const MOST_DEFAULT_MAX_TOKENS = 32_000

/** Fields beside the common ones that the Messages API has a place for. */
const own = ['user', 'safety_identifier', 'top_k', 'thinking']

/** A chat completion request as a request of the Messages API. */
export const encodeMessages = (request: ChatRequest, model: string): Encoded => {
  const drops = new Drops(request, { own, provider: PROVIDER })
  const { system, turns } = readConversation(request, PROVIDER, drops)
  const use = readTools(request, PROVIDER)
  const maxTokens = outputLimitOf(request) ?? defaultLimit(model)
  const thought = readThinking(request, { model, maxTokens, use, drops })
  const schema = readSchema(request, PROVIDER)
  // There is no JSON without a schema here; the prompt that asks for JSON still does.
  if (schema === 'any') drops.note('response_format')
  const format = schema === null || schema === 'any' ? undefined : { type: 'json_schema', schema: closed(schema) }
  const body = {
    model,
    max_tokens: maxTokens,
    ...(request.stream ? { stream: true } : undefined),
    ...(system.length === 0 ? undefined : { system: encodeSystem(system) }),
    messages: encodeTurns(turns),
    ...sampling(request, { model, isThinking: thought.thinking !== undefined, drops }),
    ...stopsOf(request, drops),
    ...toolsOf(request, use),
    ...(thought.thinking === undefined ? undefined : { thinking: thought.thinking }),
    ...(format || thought.effort
      ? {
          output_config: { ...(thought.effort ? { effort: thought.effort } : undefined), ...(format && { format }) },
        }
      : undefined),
    ...userOf(request),
  }
  return { body, dropped: drops.names }
}

const defaultLimit = (model: string): number =>
  Math.min(priceOf(PROVIDER, model)?.maxOutputTokens ?? DEFAULT_MAX_TOKENS, MOST_DEFAULT_MAX_TOKENS)

type Thought = { thinking?: unknown; effort?: string }

const readThinking = (
  request: ChatRequest,
  { model, maxTokens, use, drops }: { model: string; maxTokens: number; use: ToolUse; drops: Drops },
): Thought => {
  if (typeof request['thinking'] === 'object' && request['thinking'] !== null) return { thinking: request['thinking'] }
  const thought = thinkingOf(request, { model, maxTokens })
  // Thinking and a forced call exclude each other.
  const isForced = use.choice === 'required' || typeof use.choice === 'object'
  if (thought === null || (thought.thinking && isForced && use.choice !== null)) {
    drops.note('reasoning_effort')
    return {}
  }
  return thought
}

const sampling = (
  request: ChatRequest,
  { model, isThinking, drops }: { model: string; isThinking: boolean; drops: Drops },
): object => {
  const { temperature, top_p: topP, top_k: topK } = request
  const given = Object.entries({ temperature, top_p: topP, top_k: topK }).filter(
    ([, value]) => typeof value === 'number',
  )
  const kept: Record<string, number> = {}
  for (const [name, value] of given as [string, number][]) {
    const isDefault = name !== 'top_k' && value === 1
    if (refusesSampling(model) || (isThinking && !(name === 'top_p' && value >= 0.95))) {
      if (!isDefault) drops.note(name)
    } else if (name === 'top_p' && kept['temperature'] !== undefined) {
      // Newer models take one of the two.
      if (!isDefault) drops.note(name)
    } else kept[name] = name === 'temperature' ? Math.min(1, value) : value
  }
  return kept
}

const stopsOf = (request: ChatRequest, drops: Drops): object | undefined => {
  const given = [request.stop ?? []].flat()
  const kept = given.filter((text) => text.trim() !== '')
  if (kept.length < given.length) drops.note('stop')
  return kept.length === 0 ? undefined : { stop_sequences: kept }
}

const toolsOf = (request: ChatRequest, { tools, choice }: ToolUse): object | undefined => {
  if (tools.length === 0) return undefined
  const isSerial = request['parallel_tool_calls'] === false
  const type = choice === null ? (isSerial ? 'auto' : null) : typeof choice === 'object' ? 'tool' : choices[choice]
  return {
    tools: tools.map(({ name, description, parameters, strict, ...others }) => ({
      name,
      ...(description ? { description } : undefined),
      input_schema: { type: 'object', ...parameters },
      ...(strict ? { strict: true } : undefined),
      ...cacheOf(others['cache_control']),
    })),
    ...(type === null
      ? undefined
      : {
          tool_choice: {
            type,
            ...(typeof choice === 'object' && choice ? { name: choice.name } : undefined),
            ...(isSerial && type !== 'none' ? { disable_parallel_tool_use: true } : undefined),
          },
        }),
  }
}

const choices = { auto: 'auto', none: 'none', required: 'any' } as const

const userOf = (request: ChatRequest): object | undefined => {
  const user = request['safety_identifier'] ?? request['user']
  return typeof user === 'string' ? { metadata: { user_id: user } } : undefined
}

const encodeSystem = (parts: ContentPart[]): unknown => {
  const [only] = parts
  return parts.length === 1 && only?.kind === 'text' && only.cacheControl === null ? only.text : parts.map(encodePart)
}

type Message = { role: 'user' | 'assistant'; content: object[] }

/** Neighbours of one role become one message: the results of parallel calls must come back together. */
const encodeTurns = (turns: Turn[]): Message[] => {
  const messages: Message[] = []
  for (const turn of turns) {
    const role = turn.role === 'assistant' ? 'assistant' : 'user'
    const content = encodeTurn(turn)
    const last = messages.at(-1)
    if (last?.role === role) last.content.push(...content)
    else if (content.length > 0) messages.push({ role, content })
  }
  return messages
}

const encodeTurn = (turn: Turn): object[] => {
  if (turn.role === 'user') return turn.parts.map(encodePart)
  if (turn.role === 'tool') {
    const content = turn.parts.map(encodePart)
    const [only] = turn.parts
    return [
      {
        type: 'tool_result',
        tool_use_id: idOf(turn.callId),
        content: content.length === 1 && only?.kind === 'text' && !only.cacheControl ? only.text : content,
      },
    ]
  }
  return [
    ...thinkingBlocks(turn.extra),
    ...turn.parts.map(encodePart),
    ...turn.calls.map(({ id, name, input }) => ({ type: 'tool_use', id: idOf(id), name, input })),
  ]
}

const Extra = z.looseObject({ anthropic: z.looseObject({ thinking_blocks: z.array(z.looseObject({})) }) })

/** The thinking of an earlier turn, as it came. */
const thinkingBlocks = (extra: unknown): object[] => Extra.safeParse(extra).data?.anthropic.thinking_blocks ?? []

/** Calls of other providers may have ids that this one refuses. */
const idOf = (id: string): string => id.replace(/[^\w-]/g, '_')

const encodePart = (part: ContentPart): object => {
  const cache = cacheOf(part.cacheControl)
  if (part.kind === 'text') return { type: 'text', text: part.text, ...cache }
  if (part.kind === 'image_url') return { type: 'image', source: { type: 'url', url: part.url }, ...cache }
  const { mediaType, base64 } = part
  const source = { type: 'base64', media_type: mediaType, data: base64 }
  if (mediaType.startsWith('image/')) return { type: 'image', source, ...cache }
  if (mediaType === 'application/pdf') return { type: 'document', source, ...cache }
  throw untranslatable(PROVIDER, 'messages', `content of type ${mediaType} has no counterpart`)
}

const cacheOf = (hint: unknown): object | undefined =>
  typeof hint === 'object' && hint !== null ? { cache_control: hint } : undefined

/** The API wants objects to say that they are closed; one that lists its members and says nothing is taken for that. */
const closed = (schema: unknown): unknown => {
  if (Array.isArray(schema)) return schema.map(closed)
  if (typeof schema !== 'object' || schema === null) return schema
  const members = Object.fromEntries(
    Object.entries(schema).map(([name, value]) => [name, literal.has(name) ? value : closed(value)]),
  )
  const isOpen = members['type'] === 'object' && 'properties' in members && !('additionalProperties' in members)
  return isOpen ? { ...members, additionalProperties: false } : members
}

/** Members of a schema that hold values, not schemas. */
const literal = new Set(['const', 'enum', 'default', 'examples', 'required'])
