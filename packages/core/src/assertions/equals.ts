import { z } from 'zod'
import { defineAssertion, verdictOf } from './define.ts'
import { firstDifference } from './difference.ts'
import { isJsonEqual, parseJson } from './json.ts'

/** The answer is the given text to the character, or JSON that equals the given object. */
export const equals = defineAssertion({
  type: 'equals',
  options: { value: z.unknown() },
  names: {
    equals: ({ value }, refuse) => (value === undefined ? refuse('must have a value') : { value }),
  },
  check(answer, { value }) {
    if (typeof value !== 'object') return compareTexts(scalarText(value), answer.text)
    const expected = JSON.stringify(value)
    const parsed = parseJson(answer.text)
    if (!parsed.ok) {
      return verdictOf(false, `Expected output to equal ${expected}, but it is not JSON`, {
        expected,
        actual: answer.text,
      })
    }
    if (isJsonEqual(value, parsed.value)) return verdictOf(true, 'equals the expected JSON')
    return compareTexts(sortedJson(value), sortedJson(parsed.value))
  },
})

/** The answer begins with the given text. */
export const startsWith = defineAssertion({
  type: 'starts-with',
  options: { text: z.string().min(1) },
  names: {
    'starts-with': ({ value }, refuse) =>
      typeof value === 'string' && value ? { text: value } : refuse('must have a string value'),
  },
  check: (answer, { text }) =>
    answer.text.startsWith(text)
      ? verdictOf(true, `starts with ${JSON.stringify(text)}`)
      : compareTexts(text, answer.text.slice(0, text.length)),
})

const compareTexts = (expected: string, actual: string) => {
  const difference = firstDifference(expected, actual)
  if (difference === null) return verdictOf(true, 'equals the expected text')
  return verdictOf(false, difference, { expected, actual })
}

const scalarText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

/** JSON with the keys of objects in order, so that two texts differ where the values do. */
const sortedJson = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) =>
    part && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
