import { z } from 'zod'
import { parseCommaList } from './comma-list.ts'
import { defineAssertion, verdictOf, type Reader } from './define.ts'
import { excerpt } from './difference.ts'

/** The answer mentions all or any of the given texts. */
export const contains = defineAssertion({
  type: 'contains',
  options: {
    texts: z.array(z.string()),
    mode: z.enum(['all', 'any']).default('all'),
    ignoreCase: z.boolean().default(false),
  },
  names: {
    contains: (...given) => ({ texts: [readOne(...given)] }),
    icontains: (...given) => ({ texts: [readOne(...given)], ignoreCase: true }),
    'contains-any': (...given) => ({ texts: readMany(...given), mode: 'any' }),
    'contains-all': (...given) => ({ texts: readMany(...given) }),
    'icontains-any': (...given) => ({ texts: readMany(...given), mode: 'any', ignoreCase: true }),
    'icontains-all': (...given) => ({ texts: readMany(...given), ignoreCase: true }),
  },
  check(answer, { texts, mode, ignoreCase }) {
    const fold = (text: string) => (ignoreCase ? text.toLowerCase() : text)
    const text = fold(answer.text)
    const missing = texts.filter((wanted) => !text.includes(fold(wanted)))
    const pass = mode === 'all' ? missing.length === 0 : missing.length < texts.length
    if (pass)
      return verdictOf(
        true,
        `contains ${mode === 'all' ? quote(texts) : quote(texts.filter((wanted) => !missing.includes(wanted)))}`,
      )
    return verdictOf(
      false,
      `Expected output to contain ${mode === 'any' ? 'one of ' : ''}${quote(mode === 'any' ? texts : missing)}`,
      {
        expected: quote(texts),
        actual: excerpt(answer.text),
      },
    )
  },
})

const readOne = ({ value }: Parameters<Reader>[0], refuse: Parameters<Reader>[1]): string => {
  const isGiven = (typeof value === 'string' && value !== '') || (typeof value === 'number' && !Number.isNaN(value))
  return isGiven ? String(value) : refuse('must have a string or number value')
}

const readMany = ({ value }: Parameters<Reader>[0], refuse: Parameters<Reader>[1]): string[] => {
  if (typeof value === 'string' && value !== '') return parseCommaList(value, refuse)
  if (Array.isArray(value)) return value.map(String)
  return refuse(value ? 'must have an array value, or a comma separated list' : 'must have a value')
}

const quote = (texts: string[]): string => texts.map((text) => JSON.stringify(text)).join(', ')
