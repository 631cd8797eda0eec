import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseJsonBody, scanJson } from './json-body.ts'

test('whatever JSON says without saying it twice is understood as JSON.parse does', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 5 }), (text) => {
      expect(parseJsonBody(text)).toEqual(JSON.parse(text))
    }),
  )
})

test.each([
  ['plainly', '{"a":1,"b":2,"a":3}'],
  ['in an escape', '{"a":1,"\\u0061":2}'],
  ['with spaces', ' {\n"a" : 1 , "a"\t: 2}'],
])('a field that stands there twice is refused, %s', (_, text) => {
  expect(() => parseJsonBody(text)).toThrow('the field "a" stands in it twice')
})

test('the same name deeper down, in a value or in an array is no second field', () => {
  for (const text of ['{"a":{"a":1}}', '{"a":"a","b":"a"}', '[{"a":1},{"a":2}]', '"a"', '{"a":"{\\"a\\":1}"}']) {
    expect(scanJson(text).duplicate).toBeNull()
  }
})

test('nesting ends at 64 levels', () => {
  expect(parseJsonBody('['.repeat(64) + ']'.repeat(64))).toBeInstanceOf(Array)
  expect(() => parseJsonBody('['.repeat(65) + ']'.repeat(65))).toThrow('64 levels deep')
})

test('an error tells where the text breaks and nothing of what it holds', () => {
  expect(() => parseJsonBody('{"secret":"sk-canary-1234567890')).toThrow(/^(?!.*canary).*not JSON/)
})
