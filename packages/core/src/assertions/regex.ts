import { z } from 'zod'
import { defineAssertion, verdictOf } from './define.ts'
import { excerpt } from './difference.ts'

/** The pattern matches somewhere in the answer: no flags, case-sensitive. */
export const regex = defineAssertion({
  type: 'regex',
  options: { pattern: z.string().min(1) },
  names: {
    regex: ({ value }, refuse) =>
      typeof value === 'string' && value ? { pattern: value } : refuse('must have a string value'),
  },
  async check(answer, { pattern }, { sandbox }) {
    const outcome = await sandbox.regex({ pattern, text: answer.text })
    if ('problem' in outcome) return { ...verdictOf(false, `Invalid regex pattern: ${outcome.problem}`), stands: true }
    if (outcome.matched) return verdictOf(true, `matches /${pattern}/`)
    return verdictOf(false, `Expected output to match regex "${pattern}"`, {
      expected: `/${pattern}/`,
      actual: excerpt(answer.text),
    })
  },
})
