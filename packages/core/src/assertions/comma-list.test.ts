import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseCommaList } from './comma-list.ts'

const refuse = (reason: string): never => {
  throw new Error(reason)
}
const quoted = (field: string) => `"${field.replace(/[\\"]/g, '\\$&')}"`

test('what was quoted comes back, whatever is in it', () => {
  fc.assert(
    fc.property(fc.array(fc.string()), fc.constantFrom(',', ', ', ' ,\n'), (fields, comma) => {
      expect(parseCommaList(fields.map(quoted).join(comma), refuse)).toEqual(fields)
    }),
  )
})

test('bare fields are trimmed and empty ones left out', () => {
  expect(parseCommaList(' a ,, b c ,', refuse)).toEqual(['a', 'b c'])
})

test('a doubled quote in a quoted field is a quote', () => {
  expect(parseCommaList('"say ""hi""", ""', refuse)).toEqual(['say "hi"', ''])
})
