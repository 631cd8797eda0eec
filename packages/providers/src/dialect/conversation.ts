import type { ChatMessage, ChatRequest } from '@assay/core'
import { z } from 'zod'
import { readContent, type ContentPart } from './content.ts'
import type { Drops } from './drops.ts'
import { untranslatable } from './untranslatable.ts'

/** One call that the model made on an earlier turn. */
export type PastCall = { id: string; name: string; input: Record<string, unknown>; extra: unknown }

export type Turn =
  | { role: 'user'; parts: ContentPart[] }
  | { role: 'assistant'; parts: ContentPart[]; calls: PastCall[]; extra: unknown }
  | { role: 'tool'; callId: string; name: string; parts: ContentPart[] }

/** A request's messages, sorted into what both Anthropic and Google tell apart. */
export type Conversation = { system: ContentPart[]; turns: Turn[] }

const WireCall = z.looseObject({
  id: z.string(),
  function: z.looseObject({ name: z.string(), arguments: z.string() }),
})
const OlderCall = z.looseObject({ name: z.string(), arguments: z.string() })

/** Sorts the messages of a request; system messages move to the front, wherever they stood. */
export const readConversation = (request: ChatRequest, provider: string, drops: Drops): Conversation => {
  const conversation: Conversation = { system: [], turns: [] }
  /** The names of the calls so far, since a result may come with the call's id alone. */
  const names = new Map<string, string>()
  for (const [index, message] of request.messages.entries()) {
    const path = `messages[${index}]`
    const parts = readContent(message, { provider, path, drops })
    // Who of several said it has a place for results of tools only, where it names the function.
    if (message['name'] && message.role !== 'tool' && message.role !== 'function') drops.note('messages.name')
    switch (message.role) {
      case 'system':
      case 'developer':
        conversation.system.push(...parts)
        break
      case 'user':
        if (parts.length > 0) conversation.turns.push({ role: 'user', parts })
        break
      case 'assistant': {
        const calls = readCalls(message, { provider, path, index })
        for (const { id, name } of calls) names.set(id, name)
        const extra = message['extra_content']
        if (message['reasoning_content'] && !extra) drops.note('reasoning_content')
        if (message['audio']) throw untranslatable(provider, `${path}.audio`, 'spoken answers have no counterpart')
        const said = readContent({ content: textOr(message['refusal']) }, { provider, path, drops })
        conversation.turns.push({ role: 'assistant', parts: [...parts, ...said], calls, extra })
        break
      }
      case 'tool':
      case 'function': {
        const given = message['tool_call_id']
        const callId = typeof given === 'string' ? given : olderCallId(message, names)
        const name = textOr(message['name']) ?? names.get(callId)
        if (name === undefined) throw untranslatable(provider, path, 'it answers no tool call of an earlier message')
        conversation.turns.push({ role: 'tool', callId, name, parts })
      }
    }
  }
  return conversation
}

const textOr = (given: unknown): string | undefined => (typeof given === 'string' ? given : undefined)

/** Results of the older `function_call` name the function, not the call. */
const olderCallId = (message: ChatMessage, names: ReadonlyMap<string, string>): string =>
  [...names].findLast(([, name]) => name === message['name'])?.[0] ?? ''

type Place = { provider: string; path: string; index: number }

const readCalls = (message: ChatMessage, { provider, path, index }: Place): PastCall[] => {
  const given = message['tool_calls'] ?? []
  const calls = z.array(WireCall).safeParse(given)
  if (!calls.success) throw untranslatable(provider, `${path}.tool_calls`, 'only calls of functions have a counterpart')
  const older = OlderCall.safeParse(message['function_call'])
  const all = [
    ...calls.data,
    ...(older.success ? [{ id: `call_${index}`, function: older.data, extra_content: undefined }] : []),
  ]
  return all.map((call, place) => ({
    id: call.id,
    name: call.function.name,
    input: readInput(call.function.arguments, { provider, path: `${path}.tool_calls[${place}]` }),
    extra: call['extra_content'],
  }))
}

const readInput = (text: string, { provider, path }: { provider: string; path: string }): Record<string, unknown> => {
  if (text.trim() === '') return {}
  const refuse = () => untranslatable(provider, `${path}.function.arguments`, 'they are not a JSON object')
  let input: unknown
  try {
    input = JSON.parse(text)
  } catch {
    throw refuse()
  }
  const parsed = z.record(z.string(), z.unknown()).safeParse(input)
  if (!parsed.success) throw refuse()
  return parsed.data
}
