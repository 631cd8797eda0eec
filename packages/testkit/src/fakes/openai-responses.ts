import { openaiError } from './openai-chat.ts'
import { event, type FakeFace, type ReadyReply } from './reply.ts'

const CREATED = 1_790_000_000

/** `POST /v1/responses` as OpenAI speaks it. */
export const openaiResponses: FakeFace = {
  whole: (reply, number) => responseOf(reply, { number, status: statusOf(reply), output: outputOf(reply) }),
  events: (reply, number) => {
    let sequence = 0
    const say = (type: string, fields: object) => event({ type, sequence_number: sequence++, ...fields }, type)
    const begun = responseOf(reply, { number, status: 'in_progress', output: [] })
    const { usage: _, ...open } = begun
    const items = outputOf(reply)
    return [
      say('response.created', { response: open }),
      say('response.in_progress', { response: open }),
      ...items.flatMap((item, index) => itemEvents(item, { index, pieces: reply.pieces, say })),
      say(`response.${statusOf(reply)}`, {
        response: responseOf(reply, { number, status: statusOf(reply), output: items }),
      }),
    ]
  },
  error: openaiError,
}

type Item = MessageItem | CallItem
type MessageItem = {
  type: 'message'
  id: string
  status: string
  role: string
  content: { type: 'output_text'; text: string; annotations: never[] }[]
}
type CallItem = { type: 'function_call'; id: string; call_id: string; name: string; arguments: string; status: string }
type Say = (type: string, fields: object) => string

const itemEvents = (item: Item, { index, pieces, say }: { index: number; pieces: readonly string[]; say: Say }) => {
  const at = { output_index: index, item_id: item.id }
  const added = { output_index: index, item: { ...item, status: 'in_progress' } }
  if (item.type === 'function_call') {
    return [
      say('response.output_item.added', { ...added, item: { ...added.item, arguments: '' } }),
      say('response.function_call_arguments.delta', { ...at, delta: item.arguments }),
      say('response.function_call_arguments.done', { ...at, arguments: item.arguments }),
      say('response.output_item.done', { output_index: index, item }),
    ]
  }
  const part = { ...at, content_index: 0 }
  return [
    say('response.output_item.added', { ...added, item: { ...added.item, content: [] } }),
    say('response.content_part.added', { ...part, part: { type: 'output_text', text: '', annotations: [] } }),
    ...pieces.map((delta) => say('response.output_text.delta', { ...part, delta })),
    say('response.output_text.done', { ...part, text: item.content[0]!.text }),
    say('response.content_part.done', { ...part, part: item.content[0] }),
    say('response.output_item.done', { output_index: index, item }),
  ]
}

const outputOf = ({ text, toolCalls }: ReadyReply): Item[] => [
  ...(text === '' && toolCalls.length > 0
    ? []
    : [
        {
          type: 'message' as const,
          id: 'msg_1',
          status: 'completed',
          role: 'assistant',
          content: [{ type: 'output_text' as const, text, annotations: [] }],
        },
      ]),
  ...toolCalls.map(({ id, name, args }) => ({
    type: 'function_call' as const,
    id: `fc_${id}`,
    call_id: id,
    name,
    arguments: JSON.stringify(args ?? {}),
    status: 'completed',
  })),
]

const statusOf = ({ finishReason }: ReadyReply): 'completed' | 'incomplete' =>
  finishReason === 'length' || finishReason === 'content_filter' ? 'incomplete' : 'completed'

const responseOf = (
  { model, usage, finishReason }: ReadyReply,
  { number, status, output }: { number: number; status: string; output: Item[] },
) => ({
  id: `resp_${number}`,
  object: 'response',
  created_at: CREATED,
  status,
  model,
  output,
  error: null,
  incomplete_details:
    status === 'incomplete' ? { reason: finishReason === 'length' ? 'max_output_tokens' : 'content_filter' } : null,
  usage: {
    input_tokens: usage.inputTokens,
    input_tokens_details: { cached_tokens: usage.cacheReadInputTokens },
    output_tokens: usage.outputTokens,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: usage.inputTokens + usage.outputTokens,
  },
})
