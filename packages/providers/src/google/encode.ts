import { outputLimitOf, type ChatRequest } from '@assay/core'
import { z } from 'zod'
import type { ContentPart } from '../dialect/content.ts'
import { readConversation, type PastCall, type Turn } from '../dialect/conversation.ts'
import type { Encoded } from '../dialect/dialect.ts'
import { Drops } from '../dialect/drops.ts'
import { readSchema, readTools, type ToolUse } from '../dialect/tools.ts'
import { untranslatable } from '../dialect/untranslatable.ts'
import { FOREIGN_SIGNATURE } from './signature.ts'
import { thinkingOf } from './thinking.ts'

const PROVIDER = 'google'

const MOST_STOPS = 5

/** Fields beside the common ones that Gemini has a place for, with their names there. */
const settings = {
  temperature: 'temperature',
  top_p: 'topP',
  top_k: 'topK',
  seed: 'seed',
  frequency_penalty: 'frequencyPenalty',
  presence_penalty: 'presencePenalty',
} as const

/** Google's own fields, from callers that speak its dialect. */
const googles = ['safetySettings', 'cachedContent', 'labels'] as const

/** A chat completion request as a request of `generateContent`. */
export const encodeContents = (request: ChatRequest, model: string): Encoded => {
  const drops = new Drops(request, { own: [...Object.keys(settings), ...googles], provider: PROVIDER })
  const { system, turns } = readConversation(request, PROVIDER, drops)
  const use = readTools(request, PROVIDER)
  if (use.tools.length > 0 && request['parallel_tool_calls'] === false) drops.note('parallel_tool_calls')
  const generationConfig = configOf(request, { model, drops })
  const body = {
    ...(system.length === 0
      ? undefined
      : { systemInstruction: { parts: system.map((part) => encodePart(part, drops)) } }),
    contents: encodeTurns(turns, { model, drops }),
    ...(Object.keys(generationConfig).length === 0 ? undefined : { generationConfig }),
    ...toolsOf(use, drops),
    ...Object.fromEntries(googles.flatMap((name) => (request[name] ? [[name, request[name]]] : []))),
  }
  return { body, dropped: drops.names }
}

const configOf = (request: ChatRequest, { model, drops }: { model: string; drops: Drops }): object => {
  const schema = readSchema(request, PROVIDER)
  const limit = outputLimitOf(request)
  const stops = [request.stop ?? []].flat().filter((text) => text !== '')
  if (stops.length > MOST_STOPS) drops.note('stop')
  const effort = request['reasoning_effort']
  const thinkingConfig = effort === null || effort === undefined ? undefined : thinkingOf(effort, model)
  if (thinkingConfig === null) drops.note('reasoning_effort')
  const given = Object.entries(settings).flatMap(([name, theirs]) => {
    const value = request[name]
    return typeof value === 'number' ? [[theirs, value] as const] : []
  })
  return {
    ...Object.fromEntries(given),
    ...(limit === null ? undefined : { maxOutputTokens: limit }),
    ...(stops.length === 0 ? undefined : { stopSequences: stops.slice(0, MOST_STOPS) }),
    ...(schema === null ? undefined : { responseMimeType: 'application/json' }),
    ...(schema === null || schema === 'any' ? undefined : { responseJsonSchema: schema }),
    ...(thinkingConfig && Object.keys(thinkingConfig).length > 0 ? { thinkingConfig } : undefined),
  }
}

const modes = { auto: 'AUTO', none: 'NONE', required: 'ANY' } as const

const toolsOf = ({ tools, choice }: ToolUse, drops: Drops): object | undefined => {
  if (tools.length === 0) return undefined
  if (tools.some(({ strict }) => strict)) drops.note('tools.strict')
  const functionDeclarations = tools.map(({ name, description, parameters }) => ({
    name,
    ...(description ? { description } : undefined),
    ...(parameters ? { parametersJsonSchema: parameters } : undefined),
  }))
  const functionCallingConfig =
    choice !== null && typeof choice === 'object'
      ? { mode: 'ANY', allowedFunctionNames: [choice.name] }
      : choice && { mode: modes[choice] }
  return {
    tools: [{ functionDeclarations }],
    ...(functionCallingConfig ? { toolConfig: { functionCallingConfig } } : undefined),
  }
}

type Content = { role: 'user' | 'model'; parts: object[] }
type Place = { model: string; drops: Drops }

/** Neighbours of one role become one turn: the results of parallel calls must come back together. */
const encodeTurns = (turns: Turn[], place: Place): Content[] => {
  const contents: Content[] = []
  for (const turn of turns) {
    const role = turn.role === 'assistant' ? 'model' : 'user'
    const parts = encodeTurn(turn, place)
    const last = contents.at(-1)
    if (last?.role === role) last.parts.push(...parts)
    else if (parts.length > 0) contents.push({ role, parts })
  }
  return contents
}

const encodeTurn = (turn: Turn, { model, drops }: Place): object[] => {
  if (turn.role === 'user') return turn.parts.map((part) => encodePart(part, drops))
  if (turn.role === 'tool') {
    const response = responseOf(turn.parts)
    return [{ functionResponse: { id: turn.callId, name: turn.name, response } }]
  }
  const parts: object[] = turn.parts.map((part) => encodePart(part, drops))
  const signature = signatureOf(turn.extra)
  if (signature !== undefined) {
    const last = parts.at(-1)
    if (last) parts[parts.length - 1] = { ...last, thoughtSignature: signature }
    else parts.push({ text: '', thoughtSignature: signature })
  }
  return [...parts, ...encodeCalls(turn.calls, model)]
}

const encodeCalls = (calls: PastCall[], model: string): object[] => {
  const isSigned = calls.some(({ extra }) => signatureOf(extra) !== undefined)
  return calls.map(({ id, name, input, extra }, place) => {
    const own = signatureOf(extra)
    const isForeign = !isSigned && place === 0 && /gemini-(?:[3-9]|\d\d)/.test(model)
    const thoughtSignature = own ?? (isForeign ? FOREIGN_SIGNATURE : undefined)
    return {
      functionCall: { id, name, args: input },
      ...(thoughtSignature === undefined ? undefined : { thoughtSignature }),
    }
  })
}

const Extra = z.looseObject({ google: z.looseObject({ thought_signature: z.string() }) })

const signatureOf = (extra: unknown): string | undefined => Extra.safeParse(extra).data?.google.thought_signature

/** A result is an object here; any other is wrapped. */
const responseOf = (parts: ContentPart[]): object => {
  const text = parts.map((part) => {
    if (part.kind === 'text') return part.text
    throw untranslatable(PROVIDER, 'messages', 'an image in the result of a tool has no counterpart')
  })
  const result = text.join('')
  try {
    const json: unknown = JSON.parse(result)
    if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json
  } catch {
    // Plain text.
  }
  return { result }
}

const encodePart = (part: ContentPart, drops: Drops): object => {
  if (part.cacheControl) drops.note('cache_control')
  if (part.kind === 'text') return { text: part.text }
  if (part.kind === 'data') return { inlineData: { mimeType: part.mediaType, data: part.base64 } }
  return { fileData: { fileUri: part.url, mimeType: mediaTypeOf(part.url) } }
}

const mediaTypes: Record<string, string> = {
  png: 'image/png',
  webp: 'image/webp',
  gif: 'image/gif',
  heic: 'image/heic',
}

/** By the ending of its path; most images without one are JPEG. */
const mediaTypeOf = (url: string): string =>
  mediaTypes[/\.(\w+)(?:[?#]|$)/.exec(url)?.[1]?.toLowerCase() ?? ''] ?? 'image/jpeg'
