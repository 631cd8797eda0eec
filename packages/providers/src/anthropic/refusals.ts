import type { RefusalTypes } from '../dialect/refusal-types.ts'

/** Anthropic's types of errors. */
export const refusals: RefusalTypes = {
  types: {
    invalid_request_error: 'invalid_request_error',
    authentication_error: 'authentication_error',
    billing_error: 'insufficient_quota',
    permission_error: 'permission_error',
    not_found_error: 'not_found_error',
    request_too_large: 'invalid_request_error',
    rate_limit_error: 'rate_limit_error',
    timeout_error: 'server_error',
    api_error: 'server_error',
    overloaded_error: 'server_error',
  },
  contextTooLong: /prompt is too long|exceed(?:s|ed)? context (?:limit|window)/i,
}
