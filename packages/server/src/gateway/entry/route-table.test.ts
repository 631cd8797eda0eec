import { expect, test } from 'vitest'
import { createRouteTable } from './route-table.ts'

const find = createRouteTable([
  { method: 'GET', path: '/v1/models', is: 'list' },
  { method: 'POST', path: '/v1/models', is: 'make' },
  { method: 'GET', path: '/v1/models/{model*}', is: 'one' },
  { method: 'POST', path: '/v1beta/models/{model*}:generateContent', is: 'generate' },
  { method: 'POST', path: '/v1beta/models/{model*}:countTokens', is: 'count' },
  { method: 'GET', path: '/v1beta/models/{model*}', is: 'one of theirs' },
  { method: 'GET', path: '/passthrough/{provider}/{rest*}', is: 'pass' },
  { method: 'DELETE', path: '/passthrough/{provider}/{rest*}', is: 'pass too' },
])

test.each([
  ['GET', '/v1/models', 'list', {}],
  ['POST', '/v1/models', 'make', {}],
  ['GET', '/v1/models/openai/gpt-4o', 'one', { model: 'openai/gpt-4o' }],
  ['GET', '/v1/models/a%2Fb', 'one', { model: 'a%2Fb' }],
  ['POST', '/v1beta/models/google/gemini-2.5-pro:generateContent', 'generate', { model: 'google/gemini-2.5-pro' }],
  ['POST', '/v1beta/models/a:b:countTokens', 'count', { model: 'a:b' }],
  ['GET', '/passthrough/openai/v1/files//x', 'pass', { provider: 'openai', rest: 'v1/files//x' }],
  ['DELETE', '/passthrough/openai/v1', 'pass too', { provider: 'openai', rest: 'v1' }],
])('%s %s', (method, path, is, params) => {
  expect(find(method, path)).toEqual({ row: expect.objectContaining({ is }), params })
})

test.each(['/v1/model', '/v1/models/', '/v1/models:', '/passthrough/openai', '/passthrough//x', '/', '/constructor'])(
  '%s is not there',
  (path) => {
    expect(() => find('GET', path)).toThrow(expect.objectContaining({ code: 'http.not_found' }))
  },
)

test.each([
  ['DELETE', '/v1/models', 'GET, POST'],
  ['PUT', '/v1beta/models/x:generateContent', 'POST, GET'],
  ['POST', '/passthrough/openai/x', 'GET, DELETE'],
])('%s %s tells the methods that the path has', (method, path, allow) => {
  expect(() => find(method, path)).toThrow(expect.objectContaining({ details: { method, path, allow } }))
})

test('a long path is refused as fast as a short one', () => {
  const path = `/v1beta/models/${':generateConten'.repeat(1_000)}`
  const started = performance.now()
  expect(() => find('POST', path)).toThrow(expect.objectContaining({ code: 'http.method_not_allowed' }))
  expect(performance.now() - started).toBeLessThan(100)
})
