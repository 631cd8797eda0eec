import type { LanguageModelV4Message, LanguageModelV4ToolResultPart } from '@ai-sdk/provider'
import type { ChatMessage } from '@assay/core'
import { assistantMessage } from '../target.ts'

/** What the loop added to a conversation, as chat completions spell it. */
export const messagesOf = (prompt: readonly LanguageModelV4Message[]): ChatMessage[] =>
  prompt.flatMap((message): ChatMessage[] => {
    if (message.role === 'assistant') return [assistantOf(message.content)]
    if (message.role !== 'tool') return []
    return message.content.flatMap((part) => (part.type === 'tool-result' ? [resultOf(part)] : []))
  })

type AssistantContent = Extract<LanguageModelV4Message, { role: 'assistant' }>['content']

const assistantOf = (content: AssistantContent): ChatMessage => {
  const text = content.map((part) => (part.type === 'text' ? part.text : '')).join('')
  const calls = content.flatMap((part) =>
    part.type === 'tool-call' ? [{ id: part.toolCallId, name: part.toolName, arguments: argumentsOf(part.input) }] : [],
  )
  return assistantMessage(text, calls)
}

/** Arguments that are no JSON come back as the text they were; a provider wants JSON all the same. */
const argumentsOf = (input: unknown): string =>
  typeof input === 'string' ? JSON.stringify({ input }) : JSON.stringify(input)

const resultOf = ({ toolCallId, output }: LanguageModelV4ToolResultPart): ChatMessage => ({
  role: 'tool',
  tool_call_id: toolCallId,
  content: textOf(output),
})

const textOf = (output: LanguageModelV4ToolResultPart['output']): string => {
  if (output.type === 'text' || output.type === 'error-text') return output.value
  if (output.type === 'json' || output.type === 'error-json') return JSON.stringify(output.value)
  if (output.type === 'execution-denied') return output.reason ?? 'denied'
  return output.value.map((part) => (part.type === 'text' ? part.text : `[${part.type}]`)).join('\n')
}
