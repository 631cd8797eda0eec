import { z } from 'zod'
import type { RefusalTypes } from '../dialect/refusal-types.ts'

const RetryInfo = z.looseObject({
  error: z.looseObject({ details: z.array(z.looseObject({ retryDelay: z.string().optional().catch(undefined) })) }),
})

/** Google's statuses of errors. */
export const refusals: RefusalTypes = {
  types: {
    INVALID_ARGUMENT: 'invalid_request_error',
    FAILED_PRECONDITION: 'invalid_request_error',
    OUT_OF_RANGE: 'invalid_request_error',
    UNAUTHENTICATED: 'authentication_error',
    PERMISSION_DENIED: 'permission_error',
    NOT_FOUND: 'not_found_error',
    RESOURCE_EXHAUSTED: 'rate_limit_error',
    INTERNAL: 'server_error',
    UNAVAILABLE: 'server_error',
    DEADLINE_EXCEEDED: 'server_error',
  },
  contextTooLong: /input token count .{0,40}exceeds the maximum/i,
  retryAfter: (body) => {
    const parsed = RetryInfo.safeParse(Array.isArray(body) ? body[0] : body)
    const delay = parsed.data?.error.details.find(({ retryDelay }) => retryDelay)?.retryDelay
    const seconds = Number.parseFloat(delay ?? '')
    return Number.isFinite(seconds) ? String(Math.ceil(seconds)) : null
  },
}
