import type { ChatMessage, ChatRequest, GuardDefinition } from '@assay/core'
import type { GuardSet, TextFilter } from '../gateway/parts.ts'
import { createLook, type Judges } from './look.ts'

/** The guards that look at one key's requests and answers, in their order; null when there are none. */
export const createGuardSet = (guards: readonly GuardDefinition[], judges: Judges): GuardSet | null => {
  const before = guards.filter(({ when }) => when === 'in')
  const after = guards.filter(({ when }) => when === 'out')
  if (before.length + after.length === 0) return null
  return {
    before: (request) => lookAtRequest(before, judges, request),
    after:
      after.length === 0
        ? null
        : {
            whole: async (text) => {
              const flags: string[] = []
              const passed = await passAll(after, { judges, flags, text })
              return { text: passed, isChanged: passed !== text, flags }
            },
            stream: () => chain(after, judges),
          },
  }
}

/** One text through guards of one moment. */
export const passAll = async (
  guards: readonly GuardDefinition[],
  { judges, flags, text }: { judges: Judges; flags: string[]; text: string },
): Promise<string> => {
  let passed = text
  for (const guard of guards) passed = await createLook(guard, judges, flags).whole(passed)
  return passed
}

const lookAtRequest = async (guards: readonly GuardDefinition[], judges: Judges, request: ChatRequest) => {
  const flags: string[] = []
  let { messages } = request
  for (const guard of guards) {
    const look = createLook(guard, judges, flags)
    if (guard.kind === 'regex' || guard.kind === 'pii') {
      messages = await Promise.all(messages.map((message) => mapTexts(message, (text) => look.whole(text))))
    } else {
      const texts = messages
        .filter((message) => guard.kind !== 'json_schema' || message === lastUser(messages))
        .map(textsOf)
      await look.whole(texts.flat().join('\n'))
    }
  }
  const isChanged = messages.some((message, index) => message !== request.messages[index])
  return { request: isChanged ? { ...request, messages } : request, isChanged, flags }
}

const lastUser = (messages: readonly ChatMessage[]): ChatMessage | undefined =>
  messages.findLast(({ role }) => role === 'user')

/** The message with every text of it changed; the very same one when none was. */
const mapTexts = async (message: ChatMessage, change: (text: string) => Promise<string>): Promise<ChatMessage> => {
  const { content } = message
  if (typeof content === 'string') {
    const text = await change(content)
    return text === content ? message : { ...message, content: text }
  }
  if (!Array.isArray(content)) return message
  const parts = await Promise.all(
    content.map(async (part) => {
      const said = textOfPart(part)
      const text = said === null ? null : await change(said)
      return text === said ? part : { ...part, text }
    }),
  )
  return parts.every((part, index) => part === content[index]) ? message : { ...message, content: parts }
}

const textsOf = ({ content }: ChatMessage): string[] => {
  if (typeof content === 'string') return [content]
  if (!Array.isArray(content)) return []
  return content.flatMap((part) => textOfPart(part) ?? [])
}

const textOfPart = (part: Record<string, unknown>): string | null =>
  typeof part['text'] === 'string' ? part['text'] : null

/** Guards one behind the other: each sees what the one before it let through. */
const chain = (guards: readonly GuardDefinition[], judges: Judges): TextFilter => {
  const flags: string[] = []
  const filters = guards.map((guard) => createLook(guard, judges, flags).stream())
  const pushFrom = async (first: number, text: string): Promise<string> => {
    let passed = text
    for (const filter of filters.slice(first)) if (passed !== '') passed = await filter.push(passed)
    return passed
  }
  return {
    flags,
    push: (text) => pushFrom(0, text),
    end: async () => {
      let passed = ''
      for (const [index, filter] of filters.entries()) passed += await pushFrom(index + 1, await filter.end())
      return passed
    },
  }
}
