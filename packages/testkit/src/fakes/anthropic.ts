import { event, type FakeFace, type ReadyReply } from './reply.ts'

const stopReasons = {
  stop: 'end_turn',
  length: 'max_tokens',
  tool_calls: 'tool_use',
  content_filter: 'refusal',
} as const

/** `POST /v1/messages` as Anthropic speaks it. */
export const anthropicMessages: FakeFace = {
  whole: (reply, number) => ({
    ...headOf(reply, number),
    content: blocksOf(reply),
    stop_reason: stopReasons[reply.finishReason],
    usage: usageOf(reply),
  }),
  events: (reply, number) => {
    const say = (type: string, fields: object = {}) => event({ type, ...fields }, type)
    const begun = {
      ...headOf(reply, number),
      content: [],
      stop_reason: null,
      usage: { ...usageOf(reply), output_tokens: 1 },
    }
    return [
      say('message_start', { message: begun }),
      ...blocksOf(reply).flatMap((block, index) => [
        say('content_block_start', { index, content_block: emptied(block) }),
        ...deltasOf(block, reply).map((delta) => say('content_block_delta', { index, delta })),
        say('content_block_stop', { index }),
      ]),
      say('message_delta', {
        delta: { stop_reason: stopReasons[reply.finishReason], stop_sequence: null },
        usage: { output_tokens: reply.usage.outputTokens },
      }),
      say('message_stop'),
    ]
  },
  error: (status, message) => ({ type: 'error', error: { type: errorTypes[status] ?? 'api_error', message } }),
}

const errorTypes: Record<number, string> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  529: 'overloaded_error',
}

type Block = { type: 'text'; text: string } | { type: 'tool_use'; id: string; name: string; input: unknown }

const headOf = ({ model }: ReadyReply, number: number) => ({
  id: `msg_${number}`,
  type: 'message',
  role: 'assistant',
  model,
  stop_sequence: null,
})

const blocksOf = ({ text, toolCalls }: ReadyReply): Block[] => [
  ...(text === '' && toolCalls.length > 0 ? [] : [{ type: 'text' as const, text }]),
  ...toolCalls.map(({ id, name, args }) => ({ type: 'tool_use' as const, id, name, input: args ?? {} })),
]

const emptied = (block: Block): Block => (block.type === 'text' ? { ...block, text: '' } : { ...block, input: {} })

const deltasOf = (block: Block, { pieces }: ReadyReply): object[] =>
  block.type === 'text'
    ? pieces.map((text) => ({ type: 'text_delta', text }))
    : [{ type: 'input_json_delta', partial_json: JSON.stringify(block.input) }]

/** Anthropic counts cached tokens apart from the input. */
const usageOf = ({ usage: { inputTokens, outputTokens, cacheReadInputTokens } }: ReadyReply) => ({
  input_tokens: inputTokens - cacheReadInputTokens,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: cacheReadInputTokens,
  output_tokens: outputTokens,
})
