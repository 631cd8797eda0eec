import { expect, test } from 'vitest'
import { contentTypeOf, providerHeaders } from './answer.ts'

test('headers of a provider that Node would not send stay behind, the others travel on', () => {
  const headers = {
    'x-request-id': '\u20ac',
    'retry-after': '7\n',
    'x-ratelimit-bad name': '1',
    'x-ratelimit-limit': '5',
    'content-type': 'text/plain; x=\u20ac',
  }
  expect(providerHeaders(headers)).toEqual({ 'x-provider-ratelimit-limit': '5' })
  expect(contentTypeOf(headers, 'application/json')).toBe('application/json')
})
