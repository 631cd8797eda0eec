import { expect, test } from 'vitest'
import { refuseCrossSite } from './same-site.ts'

const host = '127.0.0.1:8378'
const check = (headers: Record<string, string>, hasCookie: boolean, publicUrl?: string) => () =>
  refuseCrossSite({ host, ...headers }, { hasCookie, publicUrl })

test('a change under a cookie must come from a page of this server', () => {
  expect(check({ origin: `http://${host}`, 'sec-fetch-site': 'same-origin' }, true)).not.toThrow()
  expect(check({ 'sec-fetch-site': 'same-origin' }, true)).not.toThrow()
  expect(check({ origin: `http://${host}` }, true)).not.toThrow()
})

test.each([
  [{}],
  [{ origin: 'http://evil.example' }],
  [{ origin: 'null' }],
  [{ 'sec-fetch-site': 'cross-site' }],
  [{ 'sec-fetch-site': 'same-site' }],
  [{ origin: `http://${host}`, 'sec-fetch-site': 'cross-site' }],
  [{ origin: 'http://127.0.0.1:9999', 'sec-fetch-site': 'same-origin' }],
])('anything else under a cookie is refused: %o', (headers) => {
  expect(check(headers, true)).toThrow('from another site')
})

test('without a cookie a program may come without either header, a foreign page may not', () => {
  expect(check({}, false)).not.toThrow()
  expect(check({ origin: 'http://evil.example', 'sec-fetch-site': 'cross-site' }, false)).toThrow('from another site')
})

test('behind a proxy the public address is this site', () => {
  expect(check({ origin: 'https://assay.example' }, true, 'https://assay.example/base')).not.toThrow()
})
