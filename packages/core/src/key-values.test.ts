import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isKeyValues, keyValues } from './key-values.ts'

test('names and values are read, decoded, with or without spaces around them', () => {
  expect(keyValues('authorization=Bearer%20abc, x-team = data ,')).toEqual({
    authorization: 'Bearer abc',
    'x-team': 'data',
  })
  expect(keyValues('a=b=c')).toEqual({ a: 'b=c' })
  expect(keyValues('')).toEqual({})
})

test('what has no name, no sign or a broken escape is not of this form', () => {
  for (const text of ['abc', '=b', 'a b=c', 'a=%zz']) expect(isKeyValues(text)).toBe(false)
  expect(isKeyValues('a=b,,c=d')).toBe(true)
})

test('whatever is encoded comes back', () => {
  const name = fc.stringMatching(/^[a-z][a-z.-]{0,20}$/)
  fc.assert(
    fc.property(fc.dictionary(name, fc.string({ unit: 'grapheme' })), (given) => {
      const text = Object.entries(given).map(([key, value]) => `${key}=${encodeURIComponent(value)}`)
      expect(isKeyValues(text.join(','))).toBe(true)
      expect(keyValues(text.join(','))).toEqual({ ...given })
    }),
  )
})
