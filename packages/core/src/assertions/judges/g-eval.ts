import { z } from 'zod'
import type { Answer } from '../define.ts'
import { defineJudged, type Judge } from './judge.ts'
import { inputOf } from './material.ts'
import { OwnPrompt, questionOf } from './prompt.ts'

const MOST = 10
const Steps = z.object({ steps: z.array(z.string().trim().min(1)).min(1).max(50) })
const Grade = z.object({ reason: z.string().trim().min(1), score: z.coerce.number().min(0).max(MOST) })

/** A grade by criteria for which the judge first works out the steps of looking. */
export const gEval = defineJudged({
  type: 'g-eval',
  options: {
    criteria: z.array(z.string().min(1)).min(1),
    threshold: z.number().default(0.7),
    rubricPrompt: z.strictObject({ steps: OwnPrompt.optional(), evaluate: OwnPrompt.optional() }).default({}),
  },
  names: {
    'g-eval': ({ value, threshold, rubricPrompt }, refuse) => {
      const criteria = Array.isArray(value) ? (value as unknown[]) : [value]
      if (!criteria.every((one) => typeof one === 'string' && one.trim() !== ''))
        refuse('G-Eval assertion type must have a string or array of strings value')
      if (criteria.length === 0) refuse('G-Eval assertion requires at least one criterion string in the value array.')
      return { criteria, ...(threshold !== undefined && { threshold }), rubricPrompt: ownOf(rubricPrompt) }
    },
  },
  check: async (answer, { criteria, threshold, rubricPrompt: own }, { judge, type }) => {
    const grades: { score: number; reason: string }[] = []
    for (const one of criteria) grades.push(await graded(answer, one, { own, judge, type }))
    const score = grades.reduce((sum, grade) => sum + grade.score, 0) / grades.length
    const pass = score >= threshold
    const reason = grades.map((grade) => grade.reason).join('\n\n')
    if (pass) return { pass, score, reason }
    const expected = `at least ${threshold} by: ${criteria.join('; ')}`
    return {
      pass,
      score,
      reason: `score ${score.toFixed(2)} below threshold ${threshold}: ${reason}`,
      expected,
      actual: answer.text,
    }
  },
})

/** A prompt alone is that of the grade. */
const ownOf = (given: unknown): unknown => {
  if (given === undefined) return {}
  return typeof given === 'object' && !Array.isArray(given) ? given : { evaluate: given }
}

const graded = async (
  answer: Answer,
  criteria: string,
  {
    own,
    judge,
    type,
  }: { own: { steps?: OwnPrompt | undefined; evaluate?: OwnPrompt | undefined }; judge: Judge; type: string },
): Promise<{ score: number; reason: string }> => {
  // The steps depend on the criteria alone, so that they are asked for once and kept for every answer.
  const { steps } = await judge.ask(
    questionOf({
      instructions:
        'You prepare an evaluation. Write three to five short steps that a reviewer follows to grade an answer by the field "criteria". The steps say what to look at; they give no grade.',
      material: { criteria },
      own: own.steps,
      values: { criteria },
      reply: Steps,
      wanted: z.strictObject({ steps: z.array(z.string()) }),
      shape: '{"steps": ["<step>", "…"]}',
      answer: { text: '', output: '' },
      type,
    }),
  )
  const input = inputOf(answer)
  const { text: output } = answer
  const { score, reason } = await judge.ask(
    questionOf({
      instructions: `You grade an answer. Follow the field "steps" to grade the field "output", given in reply to the field "question", by the field "criteria": a number from 0 (not at all) to ${MOST} (in full). Mind nothing but the criteria.`,
      material: { criteria, steps, question: input, output },
      own: own.evaluate,
      values: { criteria, steps: steps.join('\n- '), maxScore: String(MOST), input, output },
      reply: Grade,
      wanted: z.strictObject({ reason: z.string(), score: z.number().min(0).max(MOST) }),
      shape: `{"reason": "<one or two sentences>", "score": <number from 0 to ${MOST}>}`,
      answer,
      type,
    }),
  )
  return { score: score / MOST, reason }
}
