import { z } from 'zod'
import { AssayError } from '../errors.ts'
import { defineAssertion, verdictOf, type Answer, type Finding } from './define.ts'
import { excerpt } from './difference.ts'
import { findJsonObjects, parseJson } from './json.ts'
import type { Sandbox } from './sandbox.ts'

/** The tools that were called are those that were expected, as F1 of the two sets of names. */
export const toolCallF1 = defineAssertion({
  type: 'tool-call-f1',
  options: { tools: z.array(z.string()).min(1), threshold: z.number().default(1) },
  names: {
    'tool-call-f1': ({ value, threshold }, refuse) => {
      if (!Array.isArray(value) && typeof value !== 'string') {
        return refuse('requires a value: array of tool names or comma-separated string')
      }
      const tools = (Array.isArray(value) ? value.map(String) : value.split(','))
        .map((name) => name.trim())
        .filter(Boolean)
      return tools.length > 0 ? { tools, threshold } : refuse('requires at least one expected tool name')
    },
  },
  check(answer, { tools, threshold }): Finding {
    const expected = new Set(tools)
    const called = new Set(callsIn(answer.output).map(({ name }) => name))
    const shared = [...expected].filter((name) => called.has(name)).length
    const score = (2 * shared) / (expected.size + called.size)
    const list = (names: Set<string>) => [...names].toSorted().join(', ') || 'none'
    return {
      pass: score >= threshold,
      score,
      reason: `Tool Call F1 ${score.toFixed(3)}, at least ${threshold} wanted. Expected: ${list(expected)}. Called: ${list(called)}`,
      expected: list(expected),
      actual: list(called),
    }
  },
})

/** Every call names an offered tool and its arguments fit that tool's schema. */
export const validToolCalls = defineAssertion({
  type: 'is-valid-openai-tools-call',
  options: { single: z.boolean().default(false) },
  names: {
    'is-valid-openai-tools-call': () => ({}),
    'is-valid-openai-function-call': () => ({ single: true }),
    'is-valid-function-call': () => ({ single: true }),
  },
  async check(answer, { single }, { sandbox, type }) {
    const output = typeof answer.output === 'string' ? valueOf(answer.output) : answer.output
    const calls =
      single && isRecord(output) && !('tool_calls' in output)
        ? [readCall(output['function_call'] ?? output)]
        : callsIn(output)
    const whole = calls.filter((call): call is Call => call !== null && call.arguments !== undefined)
    if (whole.length === 0 || whole.length < calls.length) {
      return verdictOf(false, `not a ${single ? 'function call' : 'list of tool calls'}: ${excerpt(answer.text)}`)
    }
    const offered = offeredTools(answer, type)
    for (const call of whole) {
      const problem = await problemOf(call, offered, sandbox)
      if (problem)
        return verdictOf(false, problem, {
          expected: 'arguments that fit the schema',
          actual: excerpt(call.arguments!),
        })
    }
    return verdictOf(true, `${whole.length} valid calls`)
  },
})

type Call = { name: string; arguments?: string }

const problemOf = async (call: Call, offered: Map<string, unknown>, sandbox: Sandbox): Promise<string | null> => {
  if (!offered.has(call.name)) return `${call.name} was not offered; offered: ${[...offered.keys()].join(', ')}`
  if (!parseJson(call.arguments!).ok) return `the arguments of ${call.name} are not JSON`
  const outcome = await sandbox.schema({ schema: offered.get(call.name) ?? true, texts: [call.arguments!] })
  if ('problem' in outcome) return `the schema of ${call.name} is not valid: ${outcome.problem}`
  return outcome.errors[0] ? `the arguments of ${call.name} do not fit: ${outcome.errors[0]}` : null
}

const offeredTools = ({ tools }: Answer, type: string): Map<string, unknown> => {
  if (!tools)
    throw new AssayError('assertion.missing_context', { type, needs: 'the tools that were offered (context.tools)' })
  return new Map(
    tools.filter(isRecord).flatMap((tool) => {
      const declared = isRecord(tool['function']) ? tool['function'] : tool
      return typeof declared['name'] === 'string'
        ? [[declared['name'], declared['parameters'] ?? declared['input_schema']] as const]
        : []
    }),
  )
}

/** The calls in an answer of OpenAI, Responses, Anthropic, Gemini or plain shape, or in JSON text of one. */
const callsIn = (output: unknown): Call[] => {
  if (typeof output === 'string') {
    const parsed = parseJson(output)
    if (parsed.ok) return typeof parsed.value === 'string' ? [] : callsIn(parsed.value)
    return findJsonObjects(output).flatMap((text) => callsIn(JSON.parse(text)))
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

const readCall = (value: unknown): Call | null => {
  if (!isRecord(value) || typeof value['name'] !== 'string') return null
  const given = value['arguments'] ?? value['args'] ?? value['input']
  if (given === undefined) return { name: value['name'] }
  return { name: value['name'], arguments: typeof given === 'string' ? given : JSON.stringify(given) }
}

const valueOf = (text: string): unknown => {
  const parsed = parseJson(text)
  return parsed.ok ? parsed.value : text
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
