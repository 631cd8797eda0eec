import { outputLimitOf, type ChatRequest } from '@assay/core'
import type { PieceUsage } from '../dialect/completion-piece.ts'

/** How a response stands, and why it is not whole. */
export type ResponseState = {
  status: 'in_progress' | 'completed' | 'incomplete' | 'failed'
  incompleteReason?: 'max_output_tokens' | 'content_filter'
  error?: { code: string; message: string }
  output: readonly object[]
  usage: PieceUsage | null
}

/** Says a response object again and again while it grows; what was asked for is echoed as it was understood. */
export const responseObjects = (
  head: { id: string; created: number },
  request: ChatRequest,
): ((model: string, state: ResponseState) => object) => {
  const asked = askedOf(request)
  return (model, { status, incompleteReason, error, output, usage }) => ({
    id: head.id,
    object: 'response',
    created_at: head.created,
    status,
    background: false,
    error: error ?? null,
    incomplete_details: incompleteReason ? { reason: incompleteReason } : null,
    model,
    output,
    ...asked,
    usage: usage && wireUsage(usage),
  })
}

const wireUsage = (usage: PieceUsage) => ({
  input_tokens: usage.inputTokens,
  input_tokens_details: { cached_tokens: usage.cachedTokens, cache_write_tokens: usage.cacheWriteTokens },
  output_tokens: usage.outputTokens,
  output_tokens_details: { reasoning_tokens: usage.reasoningTokens },
  total_tokens: usage.totalTokens,
})

const askedOf = (request: ChatRequest): object => ({
  instructions: null,
  max_output_tokens: outputLimitOf(request),
  metadata: {},
  parallel_tool_calls: request['parallel_tool_calls'] !== false,
  previous_response_id: null,
  reasoning: { effort: request['reasoning_effort'] ?? null, summary: null },
  store: false,
  temperature: request.temperature ?? null,
  text: { format: formatOf(request) },
  tool_choice: choiceOf(request['tool_choice']),
  tools: (request.tools ?? []).map((tool) =>
    isObject(tool['function']) ? { strict: false, parameters: null, ...tool['function'], type: 'function' } : tool,
  ),
  top_p: request['top_p'] ?? null,
  truncation: 'disabled',
})

const formatOf = ({ response_format: format }: ChatRequest): object => {
  if (!format) return { type: 'text' }
  const schema = format['json_schema']
  return isObject(schema) ? { type: format.type, ...schema } : { type: format.type }
}

const choiceOf = (choice: unknown): unknown => {
  if (!isObject(choice)) return choice ?? 'auto'
  return isObject(choice['function']) ? { type: 'function', name: choice['function']['name'] } : choice
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
