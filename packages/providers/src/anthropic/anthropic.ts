import type { Dialect } from '../dialect/dialect.ts'
import { defineProvider } from '../provider.ts'
import { z } from 'zod'
import { encodeMessages } from './encode.ts'
import { MessageReader } from './message-reader.ts'
import { refusals } from './refusals.ts'

/** How Anthropic's Messages API says what we say in chat completions. */
export const anthropicDialect: Dialect = { encode: encodeMessages, read: (sink) => new MessageReader(sink), refusals }

/** Anthropic's Messages API. */
export const anthropic = defineProvider({
  name: 'anthropic',
  defaultBaseUrl: 'https://api.anthropic.com',
  path: '/v1/messages',
  headers: (secret) => ({ 'x-api-key': secret, 'anthropic-version': '2023-06-01' }),
  dialect: anthropicDialect,
  counter: {
    path: () => '/v1/messages/count_tokens',
    encode: (request, model) => {
      const { body } = encodeMessages(request, model)
      return Object.fromEntries(Object.entries(body).filter(([name]) => counted.has(name)))
    },
    read: (answer) => AnthropicCount.safeParse(answer).data?.input_tokens ?? null,
  },
})

/** Fields of a request that its counter takes. */
const counted = new Set(['model', 'messages', 'system', 'tools', 'tool_choice', 'thinking', 'output_config'])
const AnthropicCount = z.looseObject({ input_tokens: z.number() })
