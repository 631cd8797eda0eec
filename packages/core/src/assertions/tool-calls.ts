import { z } from 'zod'
import { AssayError } from '../errors.ts'
import { defineAssertion, verdictOf, type Answer, type Finding } from './define.ts'
import { excerpt } from './difference.ts'
import { callsIn, isRecord, readCall, type Call } from './calls.ts'
import { parseJson } from './json.ts'
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
    const asked = callsIn(answer.output)
    // An answer in words may be that of an agent, whose calls are behind it.
    const made = asked.length > 0 ? asked : (answer.toolCalls ?? [])
    const called = new Set(made.map(({ name }) => name))
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
  return new Map(tools.filter(isRecord).flatMap(declarationsIn))
}

/** The tools that one entry declares, in the shapes of OpenAI, Anthropic, Gemini and MCP. */
const declarationsIn = (tool: Record<string, unknown>): [name: string, schema: unknown][] => {
  const several = tool['functionDeclarations'] ?? tool['function_declarations']
  if (Array.isArray(several)) {
    return several
      .filter(isRecord)
      .flatMap(declarationsIn)
      .map(([name, schema]) => [name, withLowerCaseTypes(schema)])
  }
  const declared = isRecord(tool['function']) ? tool['function'] : tool
  if (typeof declared['name'] !== 'string') return []
  return [[declared['name'], declared['parameters'] ?? declared['input_schema'] ?? declared['inputSchema']]]
}

/** Gemini writes the types of a schema in capitals. */
const withLowerCaseTypes = (schema: unknown): unknown => {
  if (Array.isArray(schema)) return schema.map(withLowerCaseTypes)
  if (!isRecord(schema)) return schema
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [
      key,
      key === 'type' && typeof value === 'string' ? value.toLowerCase() : withLowerCaseTypes(value),
    ]),
  )
}

const valueOf = (text: string): unknown => {
  const parsed = parseJson(text)
  return parsed.ok ? parsed.value : text
}
