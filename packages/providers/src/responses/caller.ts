import type { CallerDialect } from '../dialect/caller.ts'
import { decodeResponses } from './decode.ts'
import { ResponseReader } from './response-reader.ts'
import { encodeResponse, ResponseWriter } from './response-writer.ts'

/** Types that OpenAI's clients know errors by. */
const types: Record<number, string> = {
  401: 'authentication_error',
  402: 'insufficient_quota',
  403: 'permission_error',
  404: 'not_found_error',
  429: 'rate_limit_error',
}

const typeOf = (status: number): string => types[status] ?? (status >= 500 ? 'server_error' : 'invalid_request_error')

/** Callers that speak OpenAI's Responses API. */
export const responsesCaller: CallerDialect = {
  name: 'responses',
  dialect: { read: (sink) => new ResponseReader(sink) },
  isEnd: (data) => /"type"\s*:\s*"response\.(?:completed|incomplete|cancelled)"/.test(data),
  decode: decodeResponses,
  whole: encodeResponse,
  stream: (request, head) => new ResponseWriter(request, head),
  refusal: (status, { message, type, code, param, hint }, requestId) =>
    JSON.stringify({
      error: {
        message,
        type: type ?? typeOf(status),
        param,
        code,
        ...(hint === undefined ? undefined : { hint }),
        requestId,
      },
    }),
  // Its number in the sequence is the provider's to give; clients go by the name of the event.
  brokenEvent: (body) => {
    const { error } = JSON.parse(body) as { error: object }
    return `event: error\ndata: ${JSON.stringify({ type: 'error', ...error, type_of_error: undefined })}\n\n`
  },
}
