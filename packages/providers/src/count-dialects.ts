import type { ChatRequest } from '@assay/core'
import { decodeMessages } from './anthropic/decode.ts'
import { ownMessages } from './anthropic/own-messages.ts'
import { readGenerateRequest } from './google/contents.ts'
import { decodeContents } from './google/decode.ts'
import { ownContents } from './google/own-contents.ts'

/** How callers of one dialect ask for the number of tokens that a request puts in. */
export type CountDialect = {
  /** The provider that counts in the caller's own bytes. */
  provider: string
  decode: (body: unknown) => ChatRequest
  /** The caller's bytes for that provider; those of Anthropic's dialect name the model already. */
  ownBody: (bytes: Buffer, model: string) => Buffer
  tell: (tokens: number) => object
}

/** Callers of `POST /v1/messages/count_tokens`. */
export const countMessages: CountDialect = {
  provider: 'anthropic',
  decode: (body) => decodeMessages(isObject(body) ? { ...body, max_tokens: 1 } : body),
  ownBody: ownMessages,
  tell: (tokens) => ({ input_tokens: tokens }),
}

/** Callers of Gemini's `countTokens`, whose path says the model. */
export const countContents = (model: string): CountDialect => ({
  provider: 'google',
  decode: (body) => decodeContents(readGenerateRequest(requestIn(body) ?? body), { model, isStream: false }),
  ownBody: (bytes, name) => {
    const body: unknown = JSON.parse(bytes.toString('utf8'))
    const request = requestIn(body)
    if (!request) return ownContents(bytes)
    return ownContents(Buffer.from(JSON.stringify({ generateContentRequest: { ...request, model: `models/${name}` } })))
  },
  tell: (tokens) => ({ totalTokens: tokens }),
})

/** The whole request, which is counted with its tools and system instruction. */
const requestIn = (body: unknown): object | null => {
  if (!isObject(body)) return null
  const request = 'generateContentRequest' in body ? body.generateContentRequest : undefined
  const other = 'generate_content_request' in body ? body.generate_content_request : undefined
  const found = request ?? other
  return isObject(found) ? found : null
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
