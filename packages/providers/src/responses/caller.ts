import type { ChatRequest } from '@assay/core'
import type { AnswerHead } from '../dialect/answer-sink.ts'
import type { CallerDialect } from '../dialect/caller.ts'
import { refusalOf } from '../refusal.ts'
import { decodeResponses } from './decode.ts'
import { Losses } from './losses.ts'
import { ownInput } from './own-input.ts'
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

/** What fields of chat completions are called here. */
const names = {
  max_tokens: 'max_output_tokens',
  reasoning_effort: 'reasoning.effort',
  response_format: 'text.format',
  verbosity: 'text.verbosity',
}

/** A caller that speaks OpenAI's Responses API, for one call; the response is named after the gateway's request. */
export const responsesCaller = ({ id, created }: Pick<AnswerHead, 'id' | 'created'>): CallerDialect => {
  const losses = new Losses()
  let request: ChatRequest = { model: '', messages: [] }
  const head = () => ({ id, created, model: request.model })
  return {
    operationName: 'responses',
    provider: 'openai',
    path: '/responses',
    dialect: { read: (sink) => new ResponseReader(sink) },
    isEnd: (data) => /"type"\s*:\s*"response\.(?:completed|incomplete|cancelled)"/.test(data),
    decode: (body) => (request = decodeResponses(body, losses)),
    losses: () => losses.all,
    ownBody: ownInput,
    names,
    whole: (completion) => encodeResponse(completion, request, head()),
    stream: () => new ResponseWriter(request, head()),
    refusal: openaiRefusal,
    brokenEvent,
  }
}

/** An error as OpenAI's APIs tell it. */
export const openaiRefusal: CallerDialect['refusal'] = (status, { message, type, code, param, hint }, requestId) =>
  JSON.stringify({
    error: {
      message,
      type: type ?? typeOf(status),
      param,
      code,
      ...(hint === undefined ? undefined : { hint }),
      requestId,
    },
  })

/** Its number in the sequence is known to the provider alone; clients go by its type. */
const brokenEvent = (body: string): string => {
  const { message, code = null, param = null } = refusalOf(JSON.parse(body)) ?? { message: 'The answer broke off.' }
  return `event: error\ndata: ${JSON.stringify({ type: 'error', code, message, param, sequence_number: 0 })}\n\n`
}
