import {
  estimateInputTokens,
  outputLimitOf,
  textOf,
  type ChatRequest,
  type FinishReason,
  type ToolCall,
} from '@assay/core'
import { valueOfSchema } from './value-of-schema.ts'

/** What a simulated model says to a request: always the same to the same one. */
export type SimAnswer = {
  /** `piecesOf` gives the pieces that a stream sends, one token each. */
  text: string
  toolCalls: ToolCall[]
  finishReason: FinishReason
  inputTokens: number
  outputTokens: number
  /** The same for the same request and model. */
  seed: number
}

/** Answers a request as the named simulated model does. */
export const answerAs = (model: string, request: ChatRequest): SimAnswer => {
  const seed = hashOf(`${model}\n${JSON.stringify(request.messages)}`)
  const inputTokens = estimateInputTokens(request)
  const call = model === 'tools' ? firstToolCall(request, seed) : null
  if (call) {
    const outputTokens = measure(call.name + call.arguments).tokens
    return { text: '', toolCalls: [call], finishReason: 'tool_calls', inputTokens, outputTokens, seed }
  }
  const said = shaped(request, wordsOf(model, request, seed))
  const { text, tokens, isCut } = measure(stopped(said, request.stop), outputLimitOf(request) ?? undefined)
  return {
    text,
    toolCalls: [],
    finishReason: isCut ? 'length' : 'stop',
    inputTokens,
    outputTokens: tokens,
    seed,
  }
}

/** A text in its pieces: joined they are the text again, none longer than six characters and its spaces. */
export function* piecesOf(text: string): Generator<string, void> {
  for (const [piece] of text.matchAll(/\s*\S{1,6}|\s+$/g)) yield piece
}

/** As much of a text as the limit allows, and how many tokens that is; none of its pieces is kept. */
const measure = (text: string, limit = Number.POSITIVE_INFINITY): { text: string; tokens: number; isCut: boolean } => {
  let tokens = 0
  let end = 0
  for (const piece of piecesOf(text)) {
    if (tokens >= limit) return { text: text.slice(0, end), tokens, isCut: true }
    tokens++
    end += piece.length
  }
  return { text, tokens, isCut: false }
}

/** FNV-1a, 32 bits. */
const hashOf = (text: string): number => {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  return hash >>> 0
}

const lastUserText = ({ messages }: ChatRequest): string => {
  const message = messages.findLast(({ role }) => role === 'user')
  return message ? textOf(message) : ''
}

const wordsOf = (model: string, request: ChatRequest, seed: number): string => {
  const asked = lastUserText(request)
  if (model === 'fast') return sentences(asked, seed, 1)
  if (model === 'smart') return sentences(asked, seed, 4)
  const last = request.messages.at(-1)
  return model === 'tools' && last?.role === 'tool' ? `The tool answered: ${textOf(last)}` : asked
}

const openings = [
  'In short, {topic} comes down to a few plain facts.',
  '{topic} is best understood by its purpose.',
  'The usual answer about {topic} holds here too.',
  'There are two sides to {topic}.',
] as const
const middles = [
  'Most of the work lies in choosing what to leave out.',
  'Start with the smallest part that can be tested.',
  'Measure first, because the slow part is seldom where it is looked for.',
  'The limits matter more than the features.',
  'Each step should leave something that works.',
  'What looks like one problem is often two.',
] as const

const sentences = (asked: string, seed: number, count: number): string => {
  const topic = topicOf(asked)
  const opening = openings[seed % openings.length]!.replace('{topic}', topic)
  const rest = Array.from({ length: count - 1 }, (_, index) => middles[(seed + index * 5) % middles.length]!)
  return [opening.charAt(0).toUpperCase() + opening.slice(1), ...rest].join(' ')
}

/** The longest word, which is as good a guess as any. */
const topicOf = (asked: string): string => {
  const words = asked.slice(0, 2_000).match(/[\p{L}\p{N}-]{3,40}/gu) ?? []
  return words.reduce((longest, word) => (word.length > longest.length ? word : longest), '') || 'the question'
}

const shaped = ({ response_format: format, ...request }: ChatRequest, said: string): string => {
  if (format?.type === 'json_schema') {
    const wrapper = format['json_schema']
    const schema = typeof wrapper === 'object' && wrapper !== null && 'schema' in wrapper ? wrapper.schema : {}
    return JSON.stringify(valueOfSchema(schema, said))
  }
  if (format?.type !== 'json_object') return said
  return isJsonObject(lastUserText(request)) ? said : JSON.stringify({ answer: said })
}

const isJsonObject = (text: string): boolean => {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}

const stopped = (said: string, stop: ChatRequest['stop']): string => {
  const ends = (typeof stop === 'string' ? [stop] : (stop ?? []))
    .filter((text) => text !== '')
    .map((text) => said.indexOf(text))
    .filter((at) => at >= 0)
  return ends.length === 0 ? said : said.slice(0, Math.min(...ends))
}

const firstToolCall = (request: ChatRequest, seed: number): ToolCall | null => {
  const choice = request['tool_choice']
  if (choice === 'none' || request.messages.at(-1)?.role === 'tool') return null
  const functions = (request.tools ?? []).flatMap((tool) => (isFunction(tool['function']) ? [tool['function']] : []))
  const wanted =
    typeof choice === 'object' && choice !== null && 'function' in choice && isFunction(choice.function)
      ? choice.function.name
      : null
  const tool = functions.find(({ name }) => wanted === null || name === wanted)
  if (!tool) return null
  const args = valueOfSchema({ type: 'object', ...tool.parameters }, lastUserText(request))
  return { id: `call_sim${seed.toString(16).padStart(8, '0')}`, name: tool.name, arguments: JSON.stringify(args) }
}

type OfferedFunction = { name: string; parameters?: object }

const isFunction = (value: unknown): value is OfferedFunction =>
  typeof value === 'object' && value !== null && 'name' in value && typeof value.name === 'string'
