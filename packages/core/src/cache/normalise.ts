import type { ChatMessage, ChatRequest } from '../gateway/chat.ts'

/** A text as the cache compares it: NFC, `\n` for `\r\n`, no space at its end. Case and punctuation stay as they are. */
export const normaliseText = (text: string): string => {
  const composed = isAscii(text) ? text : text.normalize('NFC')
  return (composed.includes('\r\n') ? composed.replaceAll('\r\n', '\n') : composed).trimEnd()
}

/** A message with its texts normalised; one part of plain text is the text itself, as dialects differ only in that. */
export const normaliseMessage = (message: ChatMessage): ChatMessage => {
  const { content } = message
  if (typeof content === 'string') return { ...message, content: normaliseText(content) }
  if (!content) return message
  const parts = content.map((part) =>
    typeof part['text'] === 'string' ? { ...part, text: normaliseText(part['text']) } : part,
  )
  const [only] = parts
  const isPlain = parts.length === 1 && only!.type === 'text' && Object.keys(only!).length === 2
  return { ...message, content: isPlain ? String(only!['text']) : parts }
}

/**
 * Fields that change nothing of the answer itself: how it is sent, for whom it is counted, where it is filed. Every
 * other field, known or not, is part of the key.
 */
const withoutEffect: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'stream',
  'stream_options',
  'user',
  'safety_identifier',
  'metadata',
  'store',
  'prompt_cache_key',
  'prompt_cache_retention',
  'service_tier',
])

/** What of a request decides its answer, in one order however it was written; the model stands elsewhere. */
export const decisiveOf = (request: ChatRequest): Record<string, unknown> => {
  const decisive: Record<string, unknown> = { messages: request.messages.map(normaliseMessage) }
  for (const name in request) if (!withoutEffect.has(name)) decisive[name] = request[name]
  return decisive
}

/** JSON with the members of every object in order and without those that are null or undefined. RFC 8785 in spirit. */
export const canonicalJson = (value: unknown): string => {
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null'
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  const members = value as Record<string, unknown>
  let text = ''
  for (const name of Object.keys(members).sort()) {
    const member = members[name]
    if (member === null || member === undefined) continue
    text += `${text === '' ? '' : ','}${JSON.stringify(name)}:${canonicalJson(member)}`
  }
  return `{${text}}`
}

const isAscii = (text: string): boolean => !/[^\0-\x7f]/.test(text)
