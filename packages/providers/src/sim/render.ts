import type { ChatRequest } from '@assay/core'
import { piecesOf, type SimAnswer } from './answer.ts'

/** When every simulated answer says it was made: answers are the same on every run. */
const CREATED = 1_767_225_600

const usageOf = ({ inputTokens, outputTokens }: SimAnswer) => ({
  prompt_tokens: inputTokens,
  completion_tokens: outputTokens,
  total_tokens: inputTokens + outputTokens,
})

const headOf = (model: string, answer: SimAnswer, object: string) => ({
  id: `chatcmpl-sim${answer.seed.toString(16).padStart(8, '0')}`,
  object,
  created: CREATED,
  model,
})

const wireCalls = ({ toolCalls }: SimAnswer) =>
  toolCalls.map(({ id, name, arguments: args }) => ({ id, type: 'function', function: { name, arguments: args } }))

/** The answer as one JSON body. */
export const renderJson = (model: string, answer: SimAnswer): string => {
  const calls = wireCalls(answer)
  return JSON.stringify({
    ...headOf(model, answer, 'chat.completion'),
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: calls.length > 0 ? null : answer.text,
          ...(calls.length > 0 ? { tool_calls: calls } : undefined),
        },
        finish_reason: answer.finishReason,
      },
    ],
    usage: usageOf(answer),
  })
}

/** The answer as the events of a stream, `[DONE]` last; each is made when it is asked for, since there may be a million. */
export function* renderEvents(model: string, answer: SimAnswer, request: ChatRequest): Generator<string, void> {
  const head = headOf(model, answer, 'chat.completion.chunk')
  const event = (delta: object, finishReason: string | null = null) =>
    `data: ${JSON.stringify({ ...head, choices: [{ index: 0, delta, finish_reason: finishReason }] })}\n\n`
  const usage = { ...head, choices: [], usage: usageOf(answer) }
  yield event({ role: 'assistant', content: '' })
  for (const [index, call] of wireCalls(answer).entries()) yield event({ tool_calls: [{ index, ...call }] })
  for (const content of piecesOf(answer.text)) yield event({ content })
  yield event({}, answer.finishReason)
  if (request.stream_options?.include_usage) yield `data: ${JSON.stringify(usage)}\n\n`
  yield 'data: [DONE]\n\n'
}
