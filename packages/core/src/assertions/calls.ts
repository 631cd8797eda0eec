import { parseJson } from './json.ts'
import { standaloneJson } from './prose.ts'

/** One call of a tool as a model wrote it down; its arguments are JSON text. */
export type Call = { name: string; arguments?: string }

/** The calls in an answer of OpenAI, Responses, Anthropic, Gemini or plain shape, or in JSON text of one. */
export const callsIn = (output: unknown): Call[] => {
  if (typeof output === 'string') {
    const parsed = parseJson(output)
    if (parsed.ok) return typeof parsed.value === 'string' ? [] : callsIn(parsed.value)
    return standaloneJson(output).flatMap((text) => callsIn(JSON.parse(text)))
  }
  if (Array.isArray(output)) return output.flatMap((item) => (isRecord(item) ? itemCalls(item) : []))
  return isRecord(output) ? objectCalls(output) : []
}

/** Where the calls of a whole answer are kept, by the names of the fields on the way. */
const containers = [
  'tool_calls',
  'functionCalls',
  'choices',
  'output',
  'candidates',
  'parts',
  'content',
  'message',
  'toolCall',
]

const objectCalls = (object: Record<string, unknown>): Call[] => {
  const isCall = object['type'] === 'tool_use' || object['type'] === 'function_call'
  const call = isCall ? readCall(object) : readCall(object['functionCall'])
  if (call) return [call]
  const container = containers.find((name) => object[name] && typeof object[name] === 'object')
  return container ? callsIn(object[container]) : []
}

const itemCalls = (item: Record<string, unknown>): Call[] => {
  const found = objectCalls(item)
  if (found.length > 0) return found
  const call = readCall(item['function']) ?? readCall(item)
  return call ? [call] : []
}

/** A call with its arguments under any of the names that the model APIs have for them. */
export const readCall = (value: unknown): Call | null => {
  if (!isRecord(value) || typeof value['name'] !== 'string') return null
  const given = value['arguments'] ?? value['args'] ?? value['input']
  if (given === undefined) return { name: value['name'] }
  return { name: value['name'], arguments: typeof given === 'string' ? given : JSON.stringify(given) }
}

/** True for a JSON object. */
export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
