import { z } from 'zod'
import { defineAssertion, verdictOf } from './define.ts'

/** So many steps an edit distance may take: about a second. */
const MAX_STEPS = 200_000_000

/** The answer is at most so many single-character edits away from the given text. */
export const levenshtein = defineAssertion({
  type: 'levenshtein',
  options: { text: z.string(), threshold: z.number().min(0).default(5) },
  names: {
    levenshtein: ({ value, threshold }, refuse) => {
      if (typeof value !== 'string') return refuse('must have a string value')
      if (threshold !== undefined && threshold < 0) return refuse('threshold must not be negative')
      return { text: value, threshold }
    },
  },
  check(answer, { text, threshold }) {
    const distance = editDistance(answer.text, text, threshold)
    const pass = distance <= threshold
    const actual = distance === Infinity ? `more than ${threshold}` : String(distance)
    return verdictOf(
      pass,
      pass
        ? `Levenshtein distance ${actual}, at most ${threshold} wanted`
        : `Levenshtein distance ${actual} is greater than threshold ${threshold}`,
      {
        expected: `at most ${threshold}`,
        actual,
      },
    )
  },
})

/**
 * The edit distance in UTF-16 units. Where the whole table would be too large only the diagonal band of the
 * threshold is filled, and anything beyond the band is `Infinity`.
 */
export const editDistance = (left: string, right: string, threshold: number): number => {
  if (left === right) return 0
  const [short, long] = left.length < right.length ? [left, right] : [right, left]
  const isSmall = short.length * long.length <= 4_000_000
  const band = isSmall ? long.length : Math.min(Math.ceil(threshold), long.length)
  if (long.length - short.length > band || short.length * (2 * band + 1) > MAX_STEPS) return Infinity
  const beyond = long.length + 1
  let previous = Uint32Array.from({ length: long.length + 1 }, (_, index) => (index <= band ? index : beyond))
  let current = new Uint32Array(long.length + 1).fill(beyond)
  for (let row = 1; row <= short.length; row++) {
    const from = Math.max(1, row - band)
    const to = Math.min(long.length, row + band)
    current[from - 1] = from === 1 && row <= band ? row : beyond
    for (let column = from; column <= to; column++) {
      const cost = short.charCodeAt(row - 1) === long.charCodeAt(column - 1) ? 0 : 1
      current[column] = Math.min(previous[column]! + 1, current[column - 1]! + 1, previous[column - 1]! + cost)
    }
    if (to < long.length) current[to + 1] = beyond
    ;[previous, current] = [current, previous]
  }
  const distance = previous[long.length]!
  return isSmall || distance <= band ? distance : Infinity
}
