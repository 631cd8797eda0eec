import { z } from 'zod'
import { defineAssertion, verdictOf, type AssertionInput } from './define.ts'
import { excerpt, firstDifference } from './difference.ts'
import { parseJson } from './json.ts'
import { regex } from './regex.ts'

/** `contains` and its opposite of the package manifest: without regard to case; an empty value passes both. */
const mentions = defineAssertion({
  type: 'prpm:contains',
  options: { text: z.string(), wanted: z.boolean() },
  names: {
    contains: (spec) => ({ text: textOf(spec), wanted: true }),
    'not-contains': (spec) => ({ text: textOf(spec), wanted: false }),
  },
  check(answer, { text, wanted }) {
    const found = answer.text.toLowerCase().includes(text.toLowerCase())
    const pass = text === '' || found === wanted
    return verdictOf(pass, `${found ? 'contains' : 'does not contain'} ${JSON.stringify(text)}`, {
      expected: `${wanted ? '' : 'not '}${JSON.stringify(text)}`,
      actual: excerpt(answer.text),
    })
  },
})

const equalsTrimmed = defineAssertion({
  type: 'prpm:equals',
  options: { text: z.string() },
  names: { equals: (spec) => ({ text: textOf(spec) }) },
  check(answer, { text }) {
    const [expected, actual] = [text.trim(), answer.text.trim()]
    const difference = firstDifference(expected, actual)
    return difference === null
      ? verdictOf(true, 'equals the expected text')
      : verdictOf(false, difference, { expected, actual })
  },
})

const lengthBeyond = defineAssertion({
  type: 'prpm:length',
  options: { limit: z.number(), side: z.enum(['greater', 'less']) },
  names: {
    'length-greater-than': ({ value }, refuse) => ({ limit: numberOf(value, refuse), side: 'greater' }),
    'length-less-than': ({ value }, refuse) => ({ limit: numberOf(value, refuse), side: 'less' }),
  },
  check({ text }, { limit, side }) {
    const pass = side === 'greater' ? text.length > limit : text.length < limit
    return verdictOf(pass, `length ${text.length}, wanted ${side} than ${limit}`, {
      expected: `${side} than ${limit}`,
      actual: String(text.length),
    })
  },
})

const parses = defineAssertion({
  type: 'prpm:is-json',
  options: {},
  names: { 'is-json': () => ({}) },
  check(answer) {
    const parsed = parseJson(answer.text)
    return parsed.ok
      ? verdictOf(true, 'is JSON')
      : verdictOf(false, parsed.problem, { expected: 'JSON', actual: excerpt(answer.text) })
  },
})

/** The assertions of the `prpm` dialect; it has these seven names and no others. */
export const prpmAssertions = [mentions, equalsTrimmed, regex, lengthBeyond, parses]

const textOf = ({ value }: AssertionInput): string =>
  typeof value === 'string' ? value : value === undefined || value === null ? '' : JSON.stringify(value)

const numberOf = (value: unknown, refuse: (reason: string) => never): number => {
  const number =
    typeof value === 'number' || (typeof value === 'string' && value.trim() !== '') ? Number(value) : Number.NaN
  return Number.isNaN(number) ? refuse('value must be a number') : number
}
