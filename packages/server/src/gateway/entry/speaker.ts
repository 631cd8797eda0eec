import type { IncomingMessage } from 'node:http'
import { contentsCaller, messagesCaller, type CallerDialect } from '@assay/providers'

/** In whose words a request is made, and wants to be answered. */
export type Speech = 'chat' | 'messages' | 'contents'

/** Google's clients speak to `/v1beta` or to `/v1`, where their methods stand behind a colon. */
const googles = /^\/v1\/.+:(?:generateContent|streamGenerateContent|countTokens|embedContent|batchEmbedContents)$/

/** The dialect of a request, told by its path; by its key where the paths of all dialects are the same. */
export const speechOf = (request: IncomingMessage): Speech => {
  const path = pathOf(request)
  if (isUnder(path, '/v1beta') || googles.test(path)) return 'contents'
  if (isUnder(path, '/v1/messages')) return 'messages'
  return isUnder(path, '/v1/models') ? speechOfKey(request) : 'chat'
}

/** Anthropic's clients say which version they speak; nobody else sends the key in their header alone, nor in Google's. */
const speechOfKey = (request: IncomingMessage): Speech => {
  const { headers } = request
  if (headers['anthropic-version'] !== undefined) return 'messages'
  if (headers.authorization !== undefined) return 'chat'
  if (headers['x-api-key'] !== undefined) return 'messages'
  return headers['x-goog-api-key'] !== undefined || queryOf(request).has('key') ? 'contents' : 'chat'
}

const callers: Record<Speech, CallerDialect | undefined> = {
  chat: undefined,
  messages: messagesCaller,
  contents: contentsCaller({ model: '', isStream: false }),
}

/** How errors are told to whoever asks; undefined: in chat completions. */
export const speakerOf = (request: IncomingMessage): CallerDialect | undefined => callers[speechOf(request)]

/** The path of a request as it stands in its first line. */
export const pathOf = ({ url = '/' }: IncomingMessage): string => {
  const query = url.indexOf('?')
  const path = query < 0 ? url : url.slice(0, query)
  // Such a target is refused, in the dialect that its path tells.
  return path.startsWith('/') ? path : path.replace(/^[a-z]+:\/\/[^/]*/i, '')
}

/** What stands behind the path. */
export const queryOf = ({ url = '/' }: IncomingMessage): Query => {
  const at = url.indexOf('?')
  return at < 0 ? NO_QUERY : new URLSearchParams(url.slice(at + 1))
}

/** What stands behind a path, to be read only. */
export type Query = Pick<URLSearchParams, 'get' | 'has' | 'toString'>

const NO_QUERY: Query = new URLSearchParams()

const isUnder = (path: string, prefix: string): boolean => path === prefix || path.startsWith(`${prefix}/`)
