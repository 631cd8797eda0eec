import { ChatRequest, type ChatMessage } from '@assay/core'
import type { ExtraContent } from '../dialect/answer-sink.ts'
import { mergeExtra, unpackCarried } from '../dialect/carried.ts'
import type { Content, GenerateRequest, Part } from './contents.ts'
import { settingsOf, toolsOf } from './decode-settings.ts'

/** What of a call stands in its path. */
export type ContentsPlace = { model: string; isStream: boolean }

type ContentPart = { type: string; [field: string]: unknown }

/**
 * A request of `generateContent` as a chat completion request. What has no counterpart stays, under its own name: its
 * provider is asked in its own bytes, and every other drops and names it or refuses it.
 */
export const decodeContents = (request: GenerateRequest, { model, isStream }: ContentsPlace): ChatRequest => {
  const system = request.systemInstruction?.parts ?? []
  return ChatRequest.parse({
    model,
    messages: [
      ...(system.length === 0 ? [] : [{ role: 'system', content: contentOf(system) }]),
      ...messagesOf(request.contents),
    ],
    ...lostOf([...system, ...request.contents.flatMap(({ parts }) => parts ?? [])]),
    ...(isStream ? { stream: true, stream_options: { include_usage: true } } : undefined),
    ...settingsOf(request.generationConfig ?? {}),
    ...toolsOf(request),
    ...othersOf(request),
  })
}

const known = new Set(['contents', 'systemInstruction', 'tools', 'toolConfig', 'generationConfig', 'model'])

const othersOf = (request: GenerateRequest): object =>
  Object.fromEntries(Object.entries(request).filter(([name, value]) => !known.has(name) && value !== null))

const beside = ['videoMetadata', 'mediaResolution']

/** What parts say beside what they show. */
const lostOf = (parts: Part[]): object =>
  Object.fromEntries(
    beside.filter((name) => parts.some((part) => part[name])).map((name) => [`contents.parts.${name}`, true]),
  )

/** Calls by their names, oldest first, that wait for a result: one may come back without the call's id. */
type Waiting = { id: string; name: string }[]

const messagesOf = (contents: Content[]): ChatMessage[] => {
  const waiting: Waiting = []
  return contents.flatMap(({ role, parts }, index) =>
    role === 'model' ? [assistantOf(parts ?? [], { index, waiting })] : userOf(parts ?? [], { index, waiting }),
  )
}

type Place = { index: number; waiting: Waiting }

const assistantOf = (parts: Part[], { index, waiting }: Place): ChatMessage => {
  let extra: ExtraContent | undefined
  const calls = parts.flatMap(({ functionCall: call, thoughtSignature: signature }, place) => {
    const carried = carriedOf(signature)
    extra = mergeExtra(extra, call ? carried?.message : (carried?.message ?? carried?.call))
    if (!call) return []
    const id = call.id || `call_${index}_${place}`
    waiting.push({ id, name: call.name })
    return {
      id,
      type: 'function',
      function: { name: call.name, arguments: JSON.stringify(call.args ?? {}) },
      ...(carried?.call ? { extra_content: carried.call } : undefined),
    }
  })
  const thoughts = parts.filter((part) => part.thought && !part.functionCall).map((part) => part.text ?? '')
  const said = parts.filter((part) => !part.thought && !part.functionCall && !isEmpty(part))
  return {
    role: 'assistant',
    content: said.length === 0 ? null : contentOf(said),
    ...(thoughts.length === 0 ? undefined : { reasoning_content: thoughts.join('') }),
    ...(calls.length === 0 ? undefined : { tool_calls: calls }),
    ...(extra ? { extra_content: extra } : undefined),
  }
}

/** A part that holds nothing but a signature. */
const isEmpty = ({ text, ...others }: Part): boolean =>
  (text ?? '') === '' && Object.keys(others).every((name) => name === 'thought' || name === 'thoughtSignature')

/** A signature of Google's own belongs to the part that it stands at. */
const carriedOf = (signature: string | null | undefined) =>
  signature ? (unpackCarried(signature) ?? { call: { google: { thought_signature: signature } } }) : null

/** One turn may hold several messages of ours: the results of tools stand alone. */
const userOf = (parts: Part[], { index, waiting }: Place): ChatMessage[] => {
  const results = parts.flatMap(({ functionResponse: result }, place): ChatMessage[] => {
    if (!result) return []
    const at = waiting.findIndex(({ id, name }) => (result.id ? id === result.id : name === result.name))
    const [call] = at < 0 ? [] : waiting.splice(at, 1)
    const shown = (result.parts ?? []).map(partOf)
    const said = resultText(result.response)
    return [
      {
        role: 'tool',
        tool_call_id: call?.id ?? (result.id || `call_${index}_${place}`),
        content: shown.length === 0 ? said : [{ type: 'text', text: said }, ...shown],
      },
    ]
  })
  const said = parts.filter((part) => !part.functionResponse && !isEmpty(part))
  return said.length === 0 ? results : [...results, { role: 'user', content: contentOf(said) }]
}

/** A result that is one text under one of the usual names is that text; the AI SDK names the function beside it. */
const resultText = (response: unknown): string => {
  if (typeof response === 'string') return response
  const members = Object.entries(response ?? {}).filter(([name]) => name !== 'name')
  const [name = '', value] = members[0] ?? []
  return members.length === 1 && ['result', 'output', 'content'].includes(name) && typeof value === 'string'
    ? value
    : JSON.stringify(response ?? {})
}

const contentOf = (parts: Part[]): string | ContentPart[] => {
  const content = parts.map(partOf)
  return content.every(({ type }) => type === 'text') ? content.map((part) => String(part['text'])).join('') : content
}

const audioFormats: Record<string, string> = { mpeg: 'mp3', 'x-wav': 'wav', wave: 'wav' }

/** A part of a message; one without a counterpart keeps its name as its type, and is refused by it. */
const partOf = ({ text, inlineData, fileData, ...others }: Part): ContentPart => {
  if (inlineData) {
    const { mimeType, data } = inlineData
    const url = `data:${mimeType};base64,${data}`
    const [kind, format = ''] = mimeType.toLowerCase().split(';', 1)[0]!.split('/')
    if (kind === 'image') return { type: 'image_url', image_url: { url } }
    if (kind === 'audio') return { type: 'input_audio', input_audio: { data, format: audioFormats[format] ?? format } }
    return { type: 'file', file: { filename: 'document', file_data: url } }
  }
  if (fileData) {
    const { mimeType, fileUri } = fileData
    const isPublic = fileUri.startsWith('https://') && !fileUri.startsWith('https://generativelanguage.googleapis.com/')
    const isImage = mimeType?.startsWith('image/') ?? false
    return isPublic && isImage ? { type: 'image_url', image_url: { url: fileUri } } : { type: 'fileData', fileUri }
  }
  if (typeof text === 'string') return { type: 'text', text }
  const name = Object.keys(others).find((key) => key !== 'thought' && key !== 'thoughtSignature')
  return name === undefined ? { type: 'text', text: '' } : { type: name }
}
