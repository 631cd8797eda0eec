import { redact, textOf, type ChatMessage, type ChatRequest, type KeptAnswer } from '@assay/core'

/** What was asked and answered, as JSON in the form of the GenAI conventions. */
export type Content = { system: string | null; input: string; output: string | null }

type Answer = Pick<KeptAnswer, 'text' | 'reasoningText' | 'toolCalls'>
type Part =
  | { type: 'text' | 'reasoning'; content: string }
  | { type: 'tool_call'; id: string; name: string; arguments: unknown }
  | { type: 'tool_call_response'; id: string; response: string }

const LONGEST_TEXT = 8_192
const MOST_MESSAGES = 64

/** The words of a request and its answer, freed of secrets and personal data; the newest ones where there are many. */
export const contentOf = (request: ChatRequest, answer: Answer | null): Content => {
  const { value } = redact({ messages: request.messages.slice(-MOST_MESSAGES), answer })
  const isSystem = ({ role }: ChatMessage): boolean => role === 'system' || role === 'developer'
  const system = value.messages.filter(isSystem).map((message) => text(textOf(message)))
  const input = value.messages.filter((message) => !isSystem(message)).map(messageOf)
  return {
    system: system.length === 0 ? null : JSON.stringify(system),
    input: JSON.stringify(input),
    output: value.answer && JSON.stringify([{ role: 'assistant', parts: partsOfAnswer(value.answer) }]),
  }
}

const messageOf = (message: ChatMessage) => {
  const said = textOf(message)
  if (message.role === 'tool' || message.role === 'function') {
    const id = wordOf(message['tool_call_id'])
    return { role: 'tool', parts: [{ type: 'tool_call_response', id, response: cut(said) } satisfies Part] }
  }
  const calls = Array.isArray(message['tool_calls']) ? message['tool_calls'] : []
  return { role: message.role, parts: [...(said === '' ? [] : [text(said)]), ...calls.flatMap(partOfCall)] }
}

const partsOfAnswer = ({ text: said, reasoningText, toolCalls }: Answer): Part[] => [
  ...(reasoningText === '' ? [] : [{ type: 'reasoning' as const, content: cut(reasoningText) }]),
  ...(said === '' ? [] : [text(said)]),
  ...toolCalls.map(({ id, name, arguments: given }) => ({
    type: 'tool_call' as const,
    id,
    name,
    arguments: argumentsOf(given),
  })),
]

/** A call as the chat completions dialect writes it; callers may send anything. */
const partOfCall = (call: unknown): Part[] => {
  if (typeof call !== 'object' || call === null) return []
  const { id, function: named } = call as { id?: unknown; function?: { name?: unknown; arguments?: unknown } }
  const given = named?.arguments
  return [
    {
      type: 'tool_call',
      id: wordOf(id),
      name: wordOf(named?.name),
      arguments: typeof given === 'string' ? argumentsOf(given) : null,
    },
  ]
}

const wordOf = (given: unknown): string => (typeof given === 'string' ? cut(given) : '')

const argumentsOf = (given: string): unknown => {
  if (given.length > LONGEST_TEXT) return cut(given)
  try {
    return JSON.parse(given)
  } catch {
    return given
  }
}

const text = (content: string): Part => ({ type: 'text', content: cut(content) })

const cut = (said: string): string => (said.length > LONGEST_TEXT ? `${said.slice(0, LONGEST_TEXT)}…` : said)
