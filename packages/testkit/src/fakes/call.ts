import type { IncomingMessage } from 'node:http'
import type { FakeApi, FakeCall } from './reply.ts'

/** Reads a request of any of the APIs. */
export const readCall = async (request: IncomingMessage): Promise<FakeCall> => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const path = request.url ?? '/'
  const body = parsed(Buffer.concat(chunks).toString())
  const method = request.method ?? 'GET'
  const api = apiOf(method, path.split('?', 1)[0]!)
  const named = /\/models\/([^/:]+):/.exec(path)?.[1]
  return {
    api,
    method,
    path,
    headers: request.headers,
    key: keyOf(request),
    body,
    model: typeof body['model'] === 'string' ? body['model'] : decodeURIComponent(named ?? 'fake-model'),
    input: inputOf(body),
    isStream: body['stream'] === true || path.includes(':streamGenerateContent'),
    status: null,
    isClosedEarly: false,
  }
}

const apiOf = (method: string, path: string): FakeApi => {
  // Elsewhere is nothing, as at a real provider: a wrong base URL is seen to be wrong.
  if (!/\/(?:v1|v1beta|openai)\//.test(path)) return 'other'
  if (method === 'GET') return path.endsWith('/models') ? 'models' : 'other'
  if (path.endsWith('/chat/completions')) return 'chat'
  if (path.endsWith('/responses')) return 'responses'
  if (path.endsWith('/messages')) return 'anthropic'
  if (/:(?:stream)?generateContent$/i.test(path)) return 'gemini'
  if (path.endsWith('/embeddings')) return 'embeddings'
  return path.endsWith('/count_tokens') || path.endsWith(':countTokens') ? 'count' : 'other'
}

/** Each API has its key in a header of its own. */
const keyOf = ({ headers }: IncomingMessage): string | null => {
  const bearer = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1]
  const other = headers['x-api-key'] ?? headers['x-goog-api-key'] ?? headers['api-key']
  return bearer ?? (typeof other === 'string' ? other : null)
}

const parsed = (text: string): Record<string, unknown> => {
  try {
    const value: unknown = JSON.parse(text)
    return value !== null && typeof value === 'object' ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

/** The last text of the conversation, wherever the API keeps that. */
const inputOf = (body: Record<string, unknown>): string => {
  const turns = [body['messages'], body['input'], body['contents']].find((given) => given !== undefined)
  return typeof turns === 'string' ? turns : textIn(Array.isArray(turns) ? (turns as unknown[]).at(-1) : undefined)
}

const textIn = (value: unknown): string => {
  if (typeof value === 'string') return value
  if (Array.isArray(value)) return value.map(textIn).join('')
  if (value === null || typeof value !== 'object') return ''
  const { text, content, parts, output } = value as Record<string, unknown>
  return textIn(text ?? content ?? parts ?? output)
}
