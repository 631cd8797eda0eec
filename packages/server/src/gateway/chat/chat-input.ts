import { isUtf8 } from 'node:buffer'
import { AssayError, ChatRequest, isPlainChatRequest, issuesOf, MOST_CANDIDATES } from '@assay/core'
import type { CallerDialect } from '@assay/providers'
import { z } from 'zod'
import { scanMembers, type Span } from './json-scan.ts'

/** A chat request as it came: parsed for us, and as bytes for the provider, with the places that may change. */
export type ChatInput = {
  request: ChatRequest
  bytes: Buffer
  members: ReadonlyMap<string, Span>
  /** A guard has changed it, so the bytes are ours and speak chat completions. */
  isChanged: boolean
  /** Models to try when the named one fails, as the body declares them. */
  fallbacks: readonly string[]
}

/** Reads the body of a chat completion, or of another dialect that `decode` reads; throws `input.*` naming what is wrong. */
export const readChatInput = (bytes: Buffer, decode?: (body: unknown) => ChatRequest): ChatInput => {
  if (!isUtf8(bytes)) throw new AssayError('input.bad_json', { what: 'request body', reason: 'it is not UTF-8' })
  const members = scanMembers(bytes)
  if (decode) return { request: decode(parse(bytes)), bytes, members, isChanged: false, fallbacks: [] }
  const request = validated(parse(bytes))
  return 'fallbacks' in request || 'models' in request
    ? withoutFallbacks(request, bytes, members)
    : { request, bytes, members, isChanged: false, fallbacks: [] }
}

const validated = (body: unknown): ChatRequest => {
  if (isPlainChatRequest(body)) return body
  const parsed = ChatRequest.safeParse(body)
  if (parsed.success) return parsed.data
  throw new AssayError('input.invalid', { what: 'request body', issues: issuesOf(parsed.error).slice(0, 10) })
}

const Fallbacks = z.array(z.string().min(1).max(256)).max(MOST_CANDIDATES)

/**
 * Takes out what the body says to us and not to the provider: `fallbacks`, LiteLLM's word for it, and `models`,
 * OpenRouter's. A compatible server may be OpenRouter itself, so to one `models` goes on.
 */
const withoutFallbacks = (request: ChatRequest, bytes: Buffer, members: ChatInput['members']): ChatInput => {
  const { fallbacks = [], models = [], ...others } = request
  const isForServer = request.model.startsWith('compatible/')
  const declared = [...namesOf(fallbacks, 'fallbacks'), ...(isForServer ? [] : namesOf(models, 'models'))]
  if (isForServer && request['fallbacks'] === undefined) {
    return { request, bytes, members, isChanged: false, fallbacks: [] }
  }
  const kept = isForServer && request['models'] !== undefined ? { ...others, models } : others
  return { ...changedInput(kept), isChanged: false, fallbacks: declared.filter((name) => name !== request.model) }
}

const namesOf = (given: unknown, path: string): string[] => {
  const names = Fallbacks.safeParse(given)
  if (names.success) return names.data
  const issues = [{ path, message: `it is not a list of at most ${MOST_CANDIDATES} models` }]
  throw new AssayError('input.invalid', { what: 'request body', issues })
}

/** A request that a guard has put in the place of the caller's. */
export const changedInput = (request: ChatRequest): ChatInput => {
  const bytes = Buffer.from(JSON.stringify(request))
  return { request, bytes, members: scanMembers(bytes), isChanged: true, fallbacks: [] }
}

const parse = (bytes: Buffer): unknown => {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch (error) {
    const reason = bytes.length === 0 ? 'it is empty' : (error as Error).message
    throw new AssayError('input.bad_json', { what: 'request body', reason })
  }
}

/** True when the caller wants to see the usage at the end of a stream. */
export const wantsStreamUsage = ({ stream_options: options }: ChatRequest): boolean => options?.include_usage === true

/**
 * The body for the provider: the caller's bytes with the provider's name of the model, and with the usage asked for
 * at the end of a stream.
 */
export const upstreamBody = ({ request, bytes, members }: ChatInput, model: string): Buffer => {
  const name = members.get('model')!
  const edits: Edit[] = [{ ...name, text: JSON.stringify(model) }]
  if (request.stream && !wantsStreamUsage(request)) {
    const options = JSON.stringify({ ...request.stream_options, include_usage: true })
    const given = members.get('stream_options')
    if (given) edits.push({ ...given, text: options })
    else edits[0]!.text += `,"stream_options":${options}`
  }
  return edited(bytes, edits)
}

/** The caller's bytes for the provider that speaks as it does, without what other providers left in them. */
export const nativeBody = (input: ChatInput, { ownBody, isModelInPath }: CallerDialect, model: string): Buffer => {
  const bytes = isModelInPath ? input.bytes : upstreamBody(input, model)
  return ownBody ? ownBody(bytes) : bytes
}

type Edit = Span & { text: string }

const edited = (bytes: Buffer, edits: Edit[]): Buffer => {
  const pieces: Buffer[] = []
  let from = 0
  for (const { start, end, text } of edits.sort((a, b) => a.start - b.start)) {
    pieces.push(bytes.subarray(from, start), Buffer.from(text))
    from = end
  }
  return Buffer.concat([...pieces, bytes.subarray(from)])
}
