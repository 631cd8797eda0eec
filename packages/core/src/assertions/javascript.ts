import { z } from 'zod'
import { defineAssertion, verdictOf, type Finding } from './define.ts'

/** An expression or a function body that sees the answer decides; it runs in the sandbox. */
export const javascript = defineAssertion({
  type: 'javascript',
  options: { code: z.string(), threshold: z.number().optional(), config: z.unknown().optional() },
  names: {
    javascript: ({ value, threshold, config }, refuse) =>
      typeof value === 'string' && value.trim()
        ? { code: value, threshold, config }
        : refuse('must have a string value with the code'),
  },
  async check(answer, { code, threshold, config }, { sandbox }) {
    const outcome = await sandbox.javascript({
      code,
      output: answer.output,
      context: { vars: answer.vars ?? {}, config: config ?? {} },
    })
    if ('thrown' in outcome) return broken(`Custom function threw error: ${outcome.thrown}`)
    const result: unknown = outcome.json === undefined ? undefined : JSON.parse(outcome.json)
    if (typeof result === 'boolean') return verdictOf(result, `the code returned ${result}`)
    if (typeof result === 'number') {
      const pass = threshold === undefined ? result > 0 : result >= threshold
      const wanted = threshold === undefined ? 'more than 0' : `at least ${threshold}`
      return {
        pass,
        score: result,
        reason: `the code returned ${result}, wanted ${wanted}`,
        expected: wanted,
        actual: String(result),
      }
    }
    const grade = Grade.safeParse(result)
    if (grade.success) return grade.data
    return broken(
      `Custom function must return a boolean, a finite number, or {pass, score, reason}. It returned ${typeof result}`,
    )
  },
})

const Grade = z
  .object({ pass: z.boolean(), score: z.number().optional(), reason: z.string().default('the code gave no reason') })
  .transform(({ pass, score, reason }): Finding => ({ pass, score: score ?? (pass ? 1 : 0), reason }))

const broken = (reason: string): Finding => ({ ...verdictOf(false, reason), stands: true })
