import { event, type FakeFace, type ReadyReply } from './reply.ts'

const CREATED = 1_790_000_000

/** `POST /v1/chat/completions` as OpenAI and all that are compatible with it speak it. */
export const openaiChat: FakeFace = {
  whole: (reply, number) => ({
    id: `chatcmpl-${number}`,
    object: 'chat.completion',
    created: CREATED,
    model: reply.model,
    choices: [{ index: 0, message: messageOf(reply), finish_reason: reply.finishReason }],
    usage: usageOf(reply),
  }),
  events: (reply, number, { body }) => {
    const head = { id: `chatcmpl-${number}`, object: 'chat.completion.chunk', created: CREATED, model: reply.model }
    const chunk = (delta: object, finishReason: string | null = null) =>
      event({ ...head, choices: [{ index: 0, delta, finish_reason: finishReason }] })
    const options = body['stream_options'] as { include_usage?: boolean } | undefined
    return [
      chunk({ role: 'assistant', content: '' }),
      ...reply.pieces.map((content) => chunk({ content })),
      ...reply.toolCalls.map((call, index) => chunk({ tool_calls: [{ index, ...functionOf(call) }] })),
      chunk({}, reply.finishReason),
      ...(options?.include_usage ? [event({ ...head, choices: [], usage: usageOf(reply) })] : []),
      'data: [DONE]\n\n',
    ]
  },
  error: openaiError,
}

/** An error as OpenAI words it, in both of its APIs. */
export function openaiError(status: number, message: string): object {
  const type = status === 429 ? 'rate_limit_error' : status < 500 ? 'invalid_request_error' : 'server_error'
  return { error: { message, type, param: null, code: status === 401 ? 'invalid_api_key' : null } }
}

const messageOf = ({ text, toolCalls }: ReadyReply) => ({
  role: 'assistant',
  content: text === '' && toolCalls.length > 0 ? null : text,
  refusal: null,
  ...(toolCalls.length > 0 && { tool_calls: toolCalls.map(functionOf) }),
})

const functionOf = ({ id, name, args }: ReadyReply['toolCalls'][number]) => ({
  id,
  type: 'function',
  function: { name, arguments: JSON.stringify(args ?? {}) },
})

const usageOf = ({ usage: { inputTokens, outputTokens, cacheReadInputTokens } }: ReadyReply) => ({
  prompt_tokens: inputTokens,
  completion_tokens: outputTokens,
  total_tokens: inputTokens + outputTokens,
  prompt_tokens_details: { cached_tokens: cacheReadInputTokens },
})
