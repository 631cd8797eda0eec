import type { ChatMessage } from '@assay/core'

type Change = (text: string) => Promise<string>
type Member = Record<string, unknown>

/** Deeper JSON is looked at as the text that it is. */
const MAX_DEPTH = 64

/** The message with every text of it changed: what was said, thought and handed to tools; the very same one when none was. */
export const mapTexts = async (message: ChatMessage, change: Change): Promise<ChatMessage> => {
  const members = { ...(await saidTexts(message, change)), ...(await thoughtTexts(message, change)) }
  const calls = await calledTexts(message, change)
  const isChanged = Object.keys(members).length > 0 || calls !== null
  return isChanged ? { ...message, ...members, ...(calls && { tool_calls: calls }) } : message
}

/** The texts of a message for one who only reads them. */
export const textsOf = (message: ChatMessage): string[] => [
  ...saidOf(message),
  ...thoughtsOf(message),
  ...callsOf(message).flatMap(({ function: called }) => textOf(called?.['arguments']) ?? []),
]

/** What the message says to its reader. */
export const saidOf = ({ content }: ChatMessage): string[] => {
  if (typeof content === 'string') return [content]
  if (!Array.isArray(content)) return []
  return content.flatMap((part) => textOf(part['text']) ?? [])
}

/** JSON text with each text and number in it changed by itself, so that it stays JSON; other text is changed as it is. */
export const mapJson = async (text: string, change: Change): Promise<string> => {
  let given: unknown
  try {
    given = JSON.parse(text)
  } catch {
    return change(text)
  }
  if (!isShallow(given, MAX_DEPTH)) return change(text)
  const passed = await mapValue(given, change)
  return passed === given ? text : JSON.stringify(passed)
}

const mapValue = async (value: unknown, change: Change): Promise<unknown> => {
  if (typeof value === 'string') return change(value)
  if (typeof value === 'number') {
    const written = String(value)
    const passed = await change(written)
    return passed === written ? value : passed
  }
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    const passed: unknown[] = []
    for (const item of value) passed.push(await mapValue(item, change))
    return passed.every((item, index) => item === value[index]) ? value : passed
  }
  const passed: [string, unknown][] = []
  let isChanged = false
  for (const [name, item] of Object.entries(value)) {
    const entry: [string, unknown] = [await change(name), await mapValue(item, change)]
    isChanged ||= entry[0] !== name || entry[1] !== item
    passed.push(entry)
  }
  return isChanged ? Object.fromEntries(passed) : value
}

const isShallow = (value: unknown, depth: number): boolean =>
  typeof value !== 'object' ||
  value === null ||
  (depth > 0 && Object.values(value).every((item) => isShallow(item, depth - 1)))

const saidTexts = async ({ content }: ChatMessage, change: Change): Promise<Member> => {
  if (typeof content === 'string') {
    const text = await change(content)
    return text === content ? {} : { content: text }
  }
  if (!Array.isArray(content)) return {}
  const parts = await Promise.all(
    content.map(async (part) => {
      const said = textOf(part['text'])
      const text = said === null ? null : await change(said)
      return text === said ? part : { ...part, text }
    }),
  )
  return parts.every((part, index) => part === content[index]) ? {} : { content: parts }
}

/** Thoughts that prove themselves by a signature cannot be changed: they are left out instead. */
const thoughtTexts = async (message: ChatMessage, change: Change): Promise<Member> => {
  const members: Member = {}
  for (const name of thoughtMembers) {
    const thought = textOf(message[name])
    const text = thought === null ? null : await change(thought)
    if (text !== thought) members[name] = text
  }
  for (const thought of signedThoughts(message)) {
    if ((await change(thought)) === thought) continue
    const { anthropic: _, ...others } = message['extra_content'] as Member
    members['extra_content'] = others
    break
  }
  return members
}

const calledTexts = async (message: ChatMessage, change: Change): Promise<object[] | null> => {
  const calls = callsOf(message)
  const passed = await Promise.all(
    calls.map(async (call) => {
      const given = textOf(call.function?.['arguments'])
      const text = given === null ? null : await mapJson(given, change)
      return text === given ? call : { ...call, function: { ...call.function, arguments: text } }
    }),
  )
  return passed.every((call, index) => call === calls[index]) ? null : passed
}

const thoughtMembers = ['reasoning_content', 'reasoning'] as const

const thoughtsOf = (message: ChatMessage): string[] => [
  ...thoughtMembers.flatMap((name) => textOf(message[name]) ?? []),
  ...signedThoughts(message),
]

const signedThoughts = (message: ChatMessage): string[] => {
  const extra = message['extra_content'] as { anthropic?: { thinking_blocks?: unknown } } | null | undefined
  const blocks = extra?.anthropic?.thinking_blocks
  return Array.isArray(blocks) ? blocks.flatMap((block: Member | null) => textOf(block?.['thinking']) ?? []) : []
}

const callsOf = (message: ChatMessage): { function?: Member }[] => {
  const calls = message['tool_calls']
  return Array.isArray(calls) ? calls.filter((call) => typeof call === 'object' && call !== null) : []
}

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null)
