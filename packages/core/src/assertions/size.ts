import { z } from 'zod'
import { defineAssertion, verdictOf, type Refuse } from './define.ts'

/** The answer has exactly, at least or at most so many words, parted by white space. */
export const wordCount = defineAssertion({
  type: 'word-count',
  options: { min: z.number().optional(), max: z.number().optional() },
  names: {
    'word-count': ({ value }, refuse) => {
      if (value === undefined || value === null) return refuse('must have a value')
      if (typeof value === 'object' && !Array.isArray(value)) return readRange(value, refuse)
      const isNumeric = typeof value === 'number' || (typeof value === 'string' && value.trim() !== '')
      const count = isNumeric ? Number(value) : Number.NaN
      if (Number.isNaN(count)) return refuse('value must be a number or an object with min/max properties')
      return { min: count, max: count }
    },
  },
  check(answer, { min, max }) {
    const count = answer.text.match(/\S+/g)?.length ?? 0
    const pass = (min === undefined || count >= min) && (max === undefined || count <= max)
    const wanted = rangeText(min, max)
    return verdictOf(pass, `Word count ${count}, wanted ${wanted}`, {
      expected: `${wanted} words`,
      actual: `${count} words`,
    })
  },
})

/** The answer's length in UTF-16 units: `min` and `max` inclusive, `moreThan` and `lessThan` strict. */
export const length = defineAssertion({
  type: 'length',
  options: {
    min: z.number().optional(),
    max: z.number().optional(),
    moreThan: z.number().optional(),
    lessThan: z.number().optional(),
  },
  names: {
    length: ({ value }, refuse) =>
      value && typeof value === 'object' && Object.keys(value).length > 0
        ? { ...value }
        : refuse('value must be an object with min, max, moreThan or lessThan'),
  },
  check({ text }, { min = -Infinity, max = Infinity, moreThan = -Infinity, lessThan = Infinity }) {
    const units = text.length
    const pass = units >= min && units <= max && units > moreThan && units < lessThan
    const wanted = [
      min === -Infinity ? '' : `at least ${min}`,
      max === Infinity ? '' : `at most ${max}`,
      moreThan === -Infinity ? '' : `more than ${moreThan}`,
      lessThan === Infinity ? '' : `less than ${lessThan}`,
    ]
      .filter(Boolean)
      .join(', ')
    return verdictOf(pass, `length ${units}, wanted ${wanted}`, { expected: wanted, actual: String(units) })
  },
})

const readRange = (range: object, refuse: Refuse): { min?: unknown; max?: unknown } => {
  const { min: least, max: most, ...others } = range as { min?: unknown; max?: unknown }
  const [min, max] = [numberIn(least), numberIn(most)]
  if (min === undefined && max === undefined) return refuse('object must have "min" and/or "max" properties')
  if (Object.keys(others).length > 0) return refuse(`does not know ${Object.keys(others).join(', ')}`)
  if (typeof min === 'number' && typeof max === 'number' && min > max) {
    return refuse(`min (${min}) must be less than or equal to max (${max})`)
  }
  return { min, max }
}

/** A number that was written as text; anything else as it is. */
const numberIn = (value: unknown): unknown =>
  typeof value === 'string' && value.trim() !== '' && !Number.isNaN(Number(value)) ? Number(value) : value

const rangeText = (min?: number, max?: number): string => {
  if (min === max) return `exactly ${min}`
  if (min === undefined) return `at most ${max}`
  return max === undefined ? `at least ${min}` : `between ${min} and ${max}`
}
