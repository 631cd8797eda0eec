import fc from 'fast-check'
import { expect, test } from 'vitest'
import { oneOf, parseSearch, searchReader, stringifySearch, textUpTo } from './address.ts'

type Search = { state?: 'open' | 'closed' | undefined; text?: string | undefined; sort: 'new' | 'old' }
const { read, ignored } = searchReader<Search>(
  { state: oneOf(['open', 'closed']), text: textUpTo(5), sort: oneOf(['new', 'old']) },
  { sort: 'new' },
)
// What the router hands over is whatever stands in the address.
const readRaw = read as unknown as (raw: Record<string, unknown>) => Search

test('what the address says is read, what it does not say has its default', () => {
  expect(readRaw({ state: 'open', other: 'x' })).toEqual({ state: 'open', text: undefined, sort: 'new' })
})

test('a value that means nothing falls back, and is named', () => {
  const raw = { state: 'green', text: 'much too long', sort: 'old' }
  expect(readRaw(raw)).toEqual({ state: undefined, text: undefined, sort: 'old' })
  expect(ignored(raw)).toEqual(['state', 'text'])
})

test('a search survives the way into the address and back, whatever its texts are', () => {
  const names = fc.stringMatching(/^[a-z]{1,8}$/)
  fc.assert(
    fc.property(
      fc.dictionary(
        names,
        fc.string({ minLength: 1 }).filter((text) => text.isWellFormed()),
      ),
      (search) => {
        expect(parseSearch(stringifySearch(search))).toEqual({ ...search })
      },
    ),
  )
})
