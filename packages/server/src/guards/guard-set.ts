import type { ChatMessage, ChatRequest, GuardDefinition } from '@assay/core'
import type { AnswerPart, GuardSet, TextFilter } from '../gateway/parts.ts'
import { createLook, type Judges } from './look.ts'
import { mapJson, mapTexts, saidOf, textsOf } from './message-texts.ts'

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
            whole: async (text, part) => {
              const flags: string[] = []
              const passed = await passAll(lookingAt(part, after), {
                judges,
                flags,
                text,
                isJson: part === 'arguments',
              })
              return { text: passed, isChanged: passed !== text, flags }
            },
            stream: (part) => chain(lookingAt(part, after), judges),
          },
  }
}

/** Sizes and schemas are of what the model says to its reader; what may not be told may not be told anywhere. */
const lookingAt = (part: AnswerPart, guards: readonly GuardDefinition[]): readonly GuardDefinition[] =>
  part === 'content' ? guards : guards.filter(({ kind }) => kind !== 'size' && kind !== 'json_schema')

/** One text through guards of one moment; of JSON each text is looked at by itself, so that it stays JSON. */
export const passAll = async (
  guards: readonly GuardDefinition[],
  { judges, flags, text, isJson = false }: { judges: Judges; flags: string[]; text: string; isJson?: boolean },
): Promise<string> => {
  let passed = text
  for (const guard of guards) {
    const look = createLook(guard, judges, flags)
    const isByText = isJson && (guard.kind === 'regex' || guard.kind === 'pii')
    passed = isByText ? await mapJson(passed, (said) => look.whole(said)) : await look.whole(passed)
  }
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
      await look.whole(readBy(guard, messages).join('\n'))
    }
  }
  const isChanged = messages.some((message, index) => message !== request.messages[index])
  return { request: isChanged ? { ...request, messages } : request, isChanged, flags }
}

const readBy = ({ kind }: GuardDefinition, messages: readonly ChatMessage[]): string[] => {
  if (kind === 'moderation') return messages.flatMap(textsOf)
  if (kind === 'size') return messages.flatMap(saidOf)
  const last = messages.findLast(({ role }) => role === 'user')
  return last ? saidOf(last) : []
}

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
