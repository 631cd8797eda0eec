import fc from 'fast-check'
import { expect, test } from 'vitest'
import { editDistance } from './levenshtein.ts'

const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 12 })

test.each([
  ['kitten', 'sitting', 3],
  ['', 'abc', 3],
  ['abc', 'abc', 0],
  ['flaw', 'lawn', 2],
])('from %j to %j: %i edits', (left, right, distance) => {
  expect(editDistance(left, right, 5)).toBe(distance)
})

test('the same both ways, and never longer than by way of a third text', () => {
  fc.assert(
    fc.property(letters, letters, letters, (left, right, between) => {
      const distance = editDistance(left, right, 5)
      expect(distance).toBe(editDistance(right, left, 5))
      expect(distance).toBeLessThanOrEqual(editDistance(left, between, 5) + editDistance(between, right, 5))
    }),
  )
})

test('texts too long for the whole table are compared within the band of the threshold', () => {
  const text = 'lorem ipsum '.repeat(300)
  const edited = `x${text.slice(0, 1_000)}y${text.slice(1_001)}`
  expect(editDistance(text, edited, 5)).toBe(2)
  expect(editDistance(text, edited, 1)).toBe(Infinity)
  expect(editDistance('a'.repeat(300_000), 'b'.repeat(300_000), 5)).toBe(Infinity)
})
