import type { LanguageModelV4, LanguageModelV4Content, LanguageModelV4FinishReason } from '@ai-sdk/provider'
import type { ChatMessage, ChatRequest, Complete, Completion, FinishReason } from '@assay/core'
import { messagesOf } from './messages.ts'

/** What the loop asks its models through. */
export type LanguageModelOptions = {
  complete: Complete
  modelId: string
  requestWith: (messages: ChatMessage[]) => ChatRequest
  /** What was said before the loop began. It goes to the model as it is: the loop knows it only as one message. */
  conversation: readonly ChatMessage[]
  signal: AbortSignal
  /** Told of each answer, with everything that was said up to it; throws to end the loop. */
  onAnswer: (completion: Completion, added: ChatMessage[]) => void
  /** Asked before each call; throws to end the loop. */
  onCall: () => void
}

/** A model of ours as the agent loop knows models: keys, egress, retries, cache and cost stay where they are. */
export const languageModel = (options: LanguageModelOptions): LanguageModelV4 => ({
  specificationVersion: 'v4',
  provider: 'assay',
  modelId: options.modelId,
  supportedUrls: {},
  doGenerate: async ({ prompt }) => {
    const { complete, requestWith, conversation, signal, onAnswer, onCall } = options
    onCall()
    const added = messagesOf(prompt.slice(1))
    const answer = withIds(await complete(requestWith([...conversation, ...added]), { signal }), added)
    onAnswer(answer, added)
    return {
      content: contentOf(answer),
      finishReason: { unified: finishReasons[answer.finishReason], raw: answer.finishReason },
      usage: {
        inputTokens: {
          total: answer.usage.inputTokens,
          noCache: undefined,
          cacheRead: undefined,
          cacheWrite: undefined,
        },
        outputTokens: { total: answer.usage.outputTokens, text: undefined, reasoning: undefined },
      },
      warnings: [],
    }
  },
  doStream: () => Promise.reject(new Error('an agent of a test is not streamed')),
})

const finishReasons: Record<FinishReason, LanguageModelV4FinishReason['unified']> = {
  stop: 'stop',
  length: 'length',
  tool_calls: 'tool-calls',
  content_filter: 'content-filter',
  other: 'other',
}

const contentOf = ({ text, toolCalls }: Completion): LanguageModelV4Content[] => [
  ...(text === '' ? [] : [{ type: 'text' as const, text }]),
  ...toolCalls.map(({ id, name, arguments: given }) => ({
    type: 'tool-call' as const,
    toolCallId: id,
    toolName: name,
    input: given.trim() === '' ? '{}' : given,
  })),
]

/** Some servers give their calls no id, or the same one twice; a result has to find its call. */
const withIds = (completion: Completion, before: readonly ChatMessage[]): Completion => {
  const seen = new Set(before.flatMap((message) => ('tool_call_id' in message ? [message['tool_call_id']] : [])))
  const toolCalls = completion.toolCalls.map((call, index) => {
    const isGood = call.id !== '' && !seen.has(call.id)
    const id = isGood ? call.id : `call_${before.length + 1}_${index + 1}`
    seen.add(id)
    return { ...call, id }
  })
  return { ...completion, toolCalls }
}
