import { AssayError, ChatRequest, issuesOf } from '@assay/core'
import { z } from 'zod'
import { InputItem, readInput } from './input.ts'
import type { Losses } from './losses.ts'
import { readFormat, readTools } from './tools.ts'

const ResponsesRequest = z.looseObject({
  model: z.string().min(1).max(256),
  input: z.union([z.string(), z.array(InputItem).max(10_000)]).nullish(),
  instructions: z.string().nullish(),
  stream: z.boolean().nullish(),
  temperature: z.number().nullish(),
  top_p: z.number().nullish(),
  max_output_tokens: z.int().min(1).nullish(),
  tools: z
    .array(z.looseObject({ type: z.string() }))
    .max(512)
    .nullish(),
  tool_choice: z.union([z.string(), z.looseObject({ type: z.string() })]).nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  text: z
    .looseObject({ format: z.looseObject({ type: z.string() }).nullish(), verbosity: z.string().nullish() })
    .nullish(),
  reasoning: z.looseObject({ effort: z.string().nullish() }).nullish(),
  user: z.string().nullish(),
  safety_identifier: z.string().nullish(),
  service_tier: z.string().nullish(),
})
type ResponsesRequest = z.infer<typeof ResponsesRequest>

/** A request of the Responses API as a chat completion request; what it cannot say is noted. */
export const decodeResponses = (body: unknown, losses: Losses): ChatRequest => {
  const parsed = ResponsesRequest.safeParse(body)
  if (!parsed.success) {
    throw new AssayError('input.invalid', { what: 'request body', issues: issuesOf(parsed.error).slice(0, 10) })
  }
  const request = parsed.data
  noteState(request, losses)
  const { input, instructions } = request
  const items = typeof input === 'string' ? [{ role: 'user', content: input }] : (input ?? [])
  const messages = [...(instructions ? [{ role: 'system', content: instructions }] : []), ...readInput(items, losses)]
  // A stored prompt or conversation may be all the input there is.
  if (messages.length === 0) messages.push({ role: 'user', content: '' })
  return ChatRequest.parse({
    model: request.model,
    messages,
    ...(request.stream ? { stream: true, stream_options: { include_usage: true } } : undefined),
    ...given({
      temperature: request.temperature,
      top_p: request.top_p,
      max_tokens: request.max_output_tokens,
      user: request.user,
      safety_identifier: request.safety_identifier,
      reasoning_effort: effortOf(request),
      verbosity: request.text?.verbosity,
      service_tier: isPlainTier(request.service_tier) ? null : request.service_tier,
    }),
    ...readTools(request, losses),
    ...readFormat(request.text?.format, losses),
  })
}

const given = (fields: Record<string, unknown>): object =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined))

const effortOf = ({ reasoning }: ResponsesRequest): string | null =>
  reasoning?.effort === 'max' ? 'xhigh' : (reasoning?.effort ?? null)

const isPlainTier = (tier: string | null | undefined): boolean => tier === 'auto' || tier === 'default'

/** What needs the memory of OpenAI's own service. */
const stateful: Record<string, string> = {
  previous_response_id: 'the response is stored at OpenAI; send the earlier items instead',
  conversation: 'the conversation is stored at OpenAI; send its items instead',
  prompt: 'the prompt is stored at OpenAI; send its text instead',
  background: 'nobody else answers in the background',
}

/** Fields that have been read, or that ask for nothing beyond what happens anyway. */
const understood = new Set([...Object.keys(ResponsesRequest.shape), ...Object.keys(stateful), 'stream_options'])

const neutral: Record<string, readonly string[]> = {
  store: ['false'],
  background: ['false'],
  truncation: ['"disabled"'],
  metadata: ['{}'],
  include: ['[]', '["reasoning.encrypted_content"]'],
  top_logprobs: ['0'],
}

const noteState = (request: ResponsesRequest, losses: Losses): void => {
  for (const [name, value] of Object.entries(request)) {
    if (value === null || value === undefined || neutral[name]?.includes(JSON.stringify(value))) continue
    const reason = Object.hasOwn(stateful, name) ? stateful[name] : undefined
    if (reason) losses.only(name, reason)
    else if (!understood.has(name)) losses.drop(name)
  }
}
