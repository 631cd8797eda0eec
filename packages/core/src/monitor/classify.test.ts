import { expect, test } from 'vitest'
import { classify, statusOf } from './classify.ts'
import type { Category } from './failure.ts'
import { severityOf } from './severity.ts'

const categoryOf = (text: string, status: number | null = null) => {
  const { category, subcategory } = classify({ text, status })
  return subcategory === null ? category : `${category}/${subcategory}`
}

// The field's wordings, by those who write them. Names and numbers are made up.
test.each<[expected: string, text: string, status?: number]>([
  ['content_policy', 'Your request was rejected as a result of our safety system', 400],
  ['content_policy', "triggering Azure OpenAI's content management policy", 400],
  ['content_policy', 'Candidate was blocked due to SAFETY'],
  ['rate_limit/quota', 'You exceeded your current quota, please check your plan. type: insufficient_quota', 429],
  ['rate_limit/quota', 'Your credit balance is too low', 400],
  ['rate_limit/quota', 'Insufficient Balance', 402],
  ['rate_limit/quota', 'anything', 402],
  ['rate_limit', 'Request too large for gpt-4o on tokens per min (TPM): Limit <n>', 429],
  ['rate_limit', 'ThrottlingException: Too many requests'],
  ['rate_limit', 'Resource has been exhausted (e.g. check quota).', 429],
  ['rate_limit', 'anything', 429],
  ['context_length', "This model's maximum context length is <n> tokens", 400],
  ['context_length', 'prompt is too long: <n> tokens > <n> maximum', 400],
  ['context_length', 'anything', 413],
  ['auth', 'AuthenticationError: invalid x-api-key', 401],
  ['auth', 'password authentication failed for user <id>'],
  ['auth', 'the endpoint may be temporarily unavailable', 401],
  ['timeout', 'connect ETIMEDOUT <address>'],
  ['timeout', 'fetch failed | cause: ConnectTimeoutError: Connect Timeout Error (UND_ERR_CONNECT_TIMEOUT)'],
  ['timeout', 'DEADLINE_EXCEEDED: the network is slow'],
  ['timeout', 'anything', 504],
  ['network', 'fetch failed'],
  ['network', 'Connection error.'],
  ['network', 'self-signed certificate in certificate chain'],
  ['validation', 'SyntaxError: Unexpected token } is not valid JSON'],
  ['validation', 'SyntaxError: Unexpected end of JSON input'],
  ['validation', 'ZodError: [{code: invalid_type}]'],
  ['validation', 'Unsupported parameter: timeout', 400],
  ['validation/tool_call', 'the model does not support tools', 400],
  ['validation/tool_call', 'MCP error -32602: Invalid arguments'],
  ['validation', 'duplicate key value violates unique constraint'],
  ['dependency', "Cannot find module 'express'"],
  ['dependency', 'spawn npx ENOENT'],
  ['dependency', 'error TS2307: Cannot find module or its corresponding type declarations.'],
  ['provider', 'OverloadedError: Overloaded', 529],
  ['provider', '502 Bad Gateway', 502],
  ['provider', 'anything', 500],
  ['provider/model_not_found', 'The model does not exist or you do not have access to it.', 404],
  ['syntax', 'SyntaxError: Unexpected end of input'],
  ['syntax', 'error TS2304: Cannot find name foo.'],
  ['syntax', 'CssSyntaxError: Unclosed block'],
  ['unknown', "TypeError: Cannot read properties of undefined (reading 'message')"],
  ['unknown', 'anything', 400],
  ['unknown', 'type: invalid_request_error', 400],
  ['unknown', 'anything'],
])('%s: %s', (expected, text, status) => {
  expect(categoryOf(text, status ?? null)).toBe(expected)
})

test('what a user wrote inside quotes does not decide', () => {
  expect(categoryOf('Invalid value for title: "please wait, rate limit exceeded"')).toBe('validation')
  expect(categoryOf("Unknown parameter: 'timeout'")).toBe('validation')
})

test('quoted words decide where no others do', () => {
  expect(categoryOf('Error communicating: "Rate limit reached for tokens"')).toBe('rate_limit')
})

test.each([
  ['Error code: 429 - x', 429],
  ['Request failed with status code 503', 503],
  ['502: <html>', 502],
  ['HTTP 401', 401],
  ['{error: {code: 404, message: x}}', 404],
  ['line 404 of the file', null],
  ['used 429 tokens', null],
  ['id 500123', null],
  ['status 200', null],
])('the status in "%s" is %s', (text, status) => {
  expect(statusOf(text)).toBe(status)
})

test.each<[Category, string | null, string, string]>([
  ['rate_limit', 'quota', 'x', 'critical'],
  ['auth', null, 'your account has been deactivated', 'critical'],
  ['auth', null, 'invalid key', 'high'],
  ['provider', 'model_not_found', 'x', 'high'],
  ['dependency', null, 'x', 'high'],
  ['provider', null, 'x', 'medium'],
  ['unknown', null, 'x', 'medium'],
  ['rate_limit', null, 'x', 'low'],
  ['content_policy', null, 'x', 'low'],
])('%s %s "%s" is %s', (category, subcategory, text, severity) => {
  expect(severityOf({ category, subcategory, text })).toBe(severity)
})
