import { z } from 'zod'
import type { ChatMessage } from '../gateway/chat.ts'
import { AssayError } from '../errors.ts'
import { compileTemplate, renderData, renderValue } from './template.ts'

export const endpointMethods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

/** How an address of the user's own is asked; every text may be a template. */
export const EndpointConfig = z.strictObject({
  url: z.string().min(1).optional().describe('Instead of the id.'),
  method: z.preprocess(upperCase, z.enum(endpointMethods)).default('POST'),
  headers: z.record(z.string(), z.string()).default({}),
  body: z.unknown().optional().describe('JSON or text; `{ prompt: "{{prompt}}" }` when nothing is said.'),
  queryParams: z.record(z.string(), z.string()).default({}),
  transformRequest: z.string().optional().describe('JavaScript that makes of `prompt` and `vars` what is sent.'),
  transformResponse: z
    .string()
    .optional()
    .describe('Where the answer stands, as `$.choices[0].text`; or JavaScript of `json`, `text` and `context`.'),
  validateStatus: z.string().optional().describe('JavaScript of `status`; without it 200 to 299 is an answer.'),
  jsonTexts: z.boolean().default(false).describe('Texts of the body that are JSON objects or lists are sent as such.'),
})
export type EndpointConfig = z.infer<typeof EndpointConfig>

/** What is sent to an address, with everything put in. */
export type EndpointRequest = {
  method: (typeof endpointMethods)[number]
  url: string
  /** Names in small letters. */
  headers: Record<string, string>
  body: string | null
}

/** What the templates of an address see besides the variables of the case. */
export type EndpointVars = Record<string, unknown>

/** True for a model that is an address, or one of the words that promptfoo has for an address in its `url`. */
export const isEndpoint = (id: string): boolean => /^(?:https?:\/\/|\{\{)|^https?$/.test(id)

/** What the templates see: the variables, the prompt as text or as a conversation, and the messages. */
export const endpointVars = (vars: Record<string, unknown>, messages: readonly ChatMessage[]): EndpointVars => {
  const last = messages.at(-1)
  const text = last && 'content' in last && typeof last.content === 'string' ? last.content : ''
  return { input: text, ...vars, messages, prompt: messages.length === 1 ? text : messages }
}

/** Puts the values of a case into what is sent. */
export const renderEndpoint = (
  { id, config }: { id: string; config: EndpointConfig },
  vars: EndpointVars,
  caseTitle: string,
): EndpointRequest => {
  const text = (template: string) => compileTemplate(template)(vars, caseTitle)
  const { method } = config
  const headers = Object.fromEntries(
    Object.entries(config.headers).map(([name, value]) => [name.toLowerCase(), text(value)]),
  )
  const url = urlOf(text(config.url ?? id), config, text)
  const given = config.body ?? (method === 'DELETE' ? undefined : DEFAULT_BODY)
  if (method === 'GET' || given === undefined) return { method, url, headers, body: null }
  const isJson = /\bjson\b/i.test(headers['content-type'] ?? (typeof given === 'string' ? '' : 'json'))
  headers['content-type'] ??= isJson ? 'application/json' : 'text/plain; charset=utf-8'
  return { method, url, headers, body: isJson ? jsonBody(given, { config, vars, caseTitle }) : bodyText(given, text) }
}

const DEFAULT_BODY = { prompt: '{{prompt}}' }

function upperCase(value: unknown): unknown {
  return typeof value === 'string' ? value.toUpperCase() : value
}

const urlOf = (written: string, { queryParams }: EndpointConfig, text: (template: string) => string): string => {
  const added = Object.entries(queryParams).map(
    ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(text(value))}`,
  )
  if (added.length === 0) return written
  const [address = ''] = written.split('#')
  return `${address}${address.includes('?') ? '&' : '?'}${added.join('&')}`
}

const bodyText = (given: unknown, text: (template: string) => string): string =>
  typeof given === 'string' ? text(given) : JSON.stringify(given)

type Rendering = { config: EndpointConfig; vars: EndpointVars; caseTitle: string }

const jsonBody = (given: unknown, rendering: Rendering): string => {
  const body = typeof given === 'string' ? (parsed(given) ?? given) : given
  return typeof body === 'string' ? jsonText(body, rendering) : JSON.stringify(dataOf(body, rendering))
}

const dataOf = (body: unknown, { config, vars, caseTitle }: Rendering): unknown =>
  config.jsonTexts ? withJsonTexts(renderValue(body, vars, caseTitle)) : renderData(body, vars, caseTitle)

/** A text that is JSON only when its values are in; texts among them are written as JSON writes them. */
const jsonText = (template: string, { vars, caseTitle }: Rendering): string => {
  const plain = compileTemplate(template)(vars, caseTitle)
  if (parsed(plain) !== undefined) return plain
  const escaped = Object.fromEntries(
    Object.entries(vars).map(([name, value]) => [
      name,
      typeof value === 'string' ? JSON.stringify(value).slice(1, -1) : value,
    ]),
  )
  const text = compileTemplate(template)(escaped, caseTitle)
  if (parsed(text) !== undefined) return text
  throw new AssayError('suite.endpoint_body', { case: caseTitle, body: text.slice(0, 200) })
}

const withJsonTexts = (value: unknown): unknown => {
  if (typeof value === 'string') return /^\s*[{[]/.test(value) ? (parsed(value) ?? value) : value
  if (Array.isArray(value)) return value.map(withJsonTexts)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withJsonTexts(member)]))
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
