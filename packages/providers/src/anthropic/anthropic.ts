import type { Dialect } from '../dialect/dialect.ts'
import { defineProvider } from '../provider.ts'
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
})
