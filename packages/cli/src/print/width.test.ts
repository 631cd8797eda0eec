import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cut, pad, plain, widthOf } from './width.ts'

test('text of a model cannot steer the terminal', () => {
  expect(plain('\u001b[31mred\u001b[0m\u0007 \u001b]0;title\u0007ok\r\n\u202eevil')).toBe('red ok evil')
  expect(plain('one\ntwo', { keepLines: true })).toBe('one\ntwo')
})

test('whatever comes, no control character is left', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      // oxlint-disable-next-line no-control-regex -- the very characters that must be gone
      expect(plain(text)).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/)
    }),
  )
})

test.each([
  ['abc', 3],
  ['日本', 4],
  ['👍', 2],
  ['e\u0301', 1],
  ['\u001b[1mbold\u001b[22m', 4],
])('%j takes %i columns', (text, columns) => {
  expect(widthOf(text)).toBe(columns)
})

test('a cut text fits and says that it was cut', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 40 }), (text, width) => {
      const harmless = plain(text)
      const short = cut(harmless, width)
      expect(widthOf(short)).toBeLessThanOrEqual(width)
      expect(short === harmless || short.endsWith('…')).toBe(true)
    }),
  )
})

test('padding fills to a width from either side', () => {
  expect([pad('ab', 4), pad('ab', 4, 'right'), pad('abcde', 4)]).toEqual(['ab  ', '  ab', 'abcde'])
})
