import type { CallerDialect } from '../dialect/caller.ts'
import { anthropicDialect } from './anthropic.ts'
import { decodeMessages, messagesNames } from './decode.ts'
import { encodeMessage, MessageWriter } from './message-writer.ts'
import { ownMessages } from './own-messages.ts'
import { refusals } from './refusals.ts'

/** Types that Anthropic's clients choose their error class by. */
const types: Record<number, string> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  529: 'overloaded_error',
}

const typeOf = (status: number): string => types[status] ?? (status >= 500 ? 'api_error' : 'invalid_request_error')

/** Callers that speak Anthropic's Messages API. */
export const messagesCaller: CallerDialect = {
  provider: 'anthropic',
  dialect: anthropicDialect,
  isEnd: (data) => /"type"\s*:\s*"message_stop"/.test(data),
  decode: decodeMessages,
  ownBody: ownMessages,
  names: messagesNames,
  whole: encodeMessage,
  stream: () => new MessageWriter(),
  refusal: (status, { message, type, code, hint, details }, requestId) => {
    const own = [type, code].find((name) => name !== null && Object.hasOwn(refusals.types, name))
    return JSON.stringify({
      type: 'error',
      error: { type: own ?? typeOf(status), message, code, hint, details },
      request_id: requestId,
    })
  },
  brokenEvent: (body) => `event: error\ndata: ${body}\n\n`,
}
