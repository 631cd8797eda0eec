import { z } from 'zod'
import type { ChatRequest } from '../gateway/chat.ts'
import { textOf } from '../gateway/chat.ts'
import type { GatewayDialect } from './test-target.ts'

/** One dialect of the gateway as its clients see it: where it is asked, with what, and the form of its answer. */
type Dialect = {
  path: (model: string) => string
  body: (request: ChatRequest, model: string) => unknown
  answer: z.ZodType<{ text: string }>
}

const count = z.int().min(0)
const id = z.string().min(1)

/** The forms that the providers' own clients rely on, as their documentation gives them. */
export const envelopes: Record<GatewayDialect, Dialect> = {
  chat: {
    path: () => '/v1/chat/completions',
    body: (request, model) => ({ ...request, model, stream: false }),
    answer: z
      .looseObject({
        id,
        object: z.literal('chat.completion'),
        created: count,
        model: id,
        choices: z
          .array(
            z.looseObject({
              index: count,
              finish_reason: z.string(),
              message: z.looseObject({ role: z.literal('assistant'), content: z.string().nullable() }),
            }),
          )
          .min(1),
        usage: z.looseObject({ prompt_tokens: count, completion_tokens: count, total_tokens: count }),
      })
      .transform(({ choices }) => ({ text: choices[0]?.message.content ?? '' })),
  },
  responses: {
    path: () => '/v1/responses',
    body: ({ messages }, model) => ({
      model,
      input: messages.map((one) => ({ role: one.role, content: textOf(one) })),
    }),
    answer: z
      .looseObject({
        id,
        object: z.literal('response'),
        created_at: count,
        model: id,
        status: z.literal('completed'),
        output: z
          .array(
            z.looseObject({
              type: z.string(),
              content: z.array(z.looseObject({ type: z.string(), text: z.string().optional() })).optional(),
            }),
          )
          .min(1),
        usage: z.looseObject({ input_tokens: count, output_tokens: count, total_tokens: count }),
      })
      .transform(({ output }) => ({
        text: output.flatMap(({ content = [] }) => content.map(({ text }) => text ?? '')).join(''),
      })),
  },
  messages: {
    path: () => '/v1/messages',
    body: ({ messages, max_tokens: most }, model) => ({
      model,
      max_tokens: most ?? 1_024,
      messages: messages.filter(isTurn).map((one) => ({ role: one.role, content: textOf(one) })),
      ...systemOf(messages),
    }),
    answer: z
      .looseObject({
        id,
        type: z.literal('message'),
        role: z.literal('assistant'),
        model: id,
        content: z.array(z.looseObject({ type: z.string(), text: z.string().optional() })),
        stop_reason: z.string(),
        usage: z.looseObject({ input_tokens: count, output_tokens: count }),
      })
      .transform(({ content }) => ({ text: content.map(({ text }) => text ?? '').join('') })),
  },
  contents: {
    path: (model) => `/v1beta/models/${model}:generateContent`,
    body: ({ messages }) => ({
      contents: messages
        .filter(isTurn)
        .map((one) => ({ role: one.role === 'assistant' ? 'model' : 'user', parts: [{ text: textOf(one) }] })),
    }),
    answer: z
      .looseObject({
        candidates: z
          .array(
            z.looseObject({
              content: z.looseObject({
                role: z.literal('model'),
                parts: z.array(z.looseObject({ text: z.string().optional() })),
              }),
              finishReason: z.string(),
            }),
          )
          .min(1),
        usageMetadata: z.looseObject({ promptTokenCount: count, totalTokenCount: count }),
      })
      .transform(({ candidates }) => ({
        text: candidates[0]!.content.parts.map(({ text }) => text ?? '').join(''),
      })),
  },
  embeddings: {
    path: () => '/v1/embeddings',
    body: ({ messages }, model) => ({ model, input: messages.map(textOf) }),
    answer: z
      .looseObject({
        object: z.literal('list'),
        model: id,
        data: z
          .array(z.looseObject({ object: z.literal('embedding'), index: count, embedding: z.array(z.number()).min(1) }))
          .min(1),
        usage: z.looseObject({ prompt_tokens: count, total_tokens: count }),
      })
      .transform(({ data }) => ({ text: `${data.length} vectors of ${data[0]!.embedding.length}` })),
  },
}

const isTurn = ({ role }: ChatRequest['messages'][number]): boolean => role === 'user' || role === 'assistant'

const systemOf = (messages: ChatRequest['messages']): { system?: string } => {
  const said = messages.filter(({ role }) => role === 'system' || role === 'developer').map(textOf)
  return said.length > 0 ? { system: said.join('\n') } : {}
}
