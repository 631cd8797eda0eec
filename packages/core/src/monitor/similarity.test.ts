import fc from 'fast-check'
import { expect, test } from 'vitest'
import { likeness, signatureOf, similarity } from './similarity.ts'

const words = fc.array(
  fc.constantFrom('rate', 'limit', 'token', 'model', 'field', 'missing', 'file', 'open', 'close'),
  {
    minLength: 20,
    maxLength: 80,
  },
)

test('a text is as similar to itself as can be, and similarity is the same both ways', () => {
  fc.assert(
    fc.property(words, words, (a, b) => {
      const [one, two] = [signatureOf(a.join(' ')), signatureOf(b.join(' '))]
      expect(similarity(one, one)).toBe(1)
      expect(similarity(one, two)).toBe(similarity(two, one))
    }),
  )
})

test('64 hashes estimate the Jaccard similarity to within 0.25, and to within 0.05 on average', () => {
  const shingles = (text: string[]) => new Set(text.slice(2).map((_, index) => text.slice(index, index + 3).join(' ')))
  let sum = 0
  let count = 0
  fc.assert(
    fc.property(words, fc.nat(70), (text, cut) => {
      const other = [...text.slice(0, cut), ...text.slice(cut).toReversed()]
      const [a, b] = [shingles(text), shingles(other)]
      const shared = [...a].filter((shingle) => b.has(shingle)).length
      const jaccard = shared / (a.size + b.size - shared)
      const error = similarity(signatureOf(text.join(' ')), signatureOf(other.join(' '))) - jaccard
      sum += error
      count++
      expect(Math.abs(error)).toBeLessThan(0.25)
    }),
    { numRuns: 300, seed: 1 },
  )
  expect(Math.abs(sum / count)).toBeLessThan(0.05)
})

test('groups of another category or class never merge, whatever their texts say', () => {
  const signature = signatureOf('the very same words in the very same order')
  const group = { category: 'network', errorType: 'Error', signature }
  expect(likeness(group, group)).toBe('merged')
  expect(likeness(group, { ...group, category: 'timeout' })).toBe('apart')
  expect(likeness(group, { ...group, errorType: 'FetchError' })).toBe('apart')
})
