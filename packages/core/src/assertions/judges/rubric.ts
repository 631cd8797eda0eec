import { z } from 'zod'
import { AssayError } from '../../errors.ts'
import type { Answer, AnswerCall, Finding } from '../define.ts'
import { defineJudged } from './judge.ts'
import { OwnPrompt, questionOf } from './prompt.ts'

const Wanted = z.strictObject({ reason: z.string(), pass: z.boolean(), score: z.number().min(0).max(1) })

/** What is left out follows from the rest: without `pass` it passes, without `score` it is 1 or 0. */
const Graded = z
  .object({ reason: z.string().default(''), pass: z.boolean().optional(), score: z.number().min(0).max(1).optional() })
  .refine(({ pass, score }) => pass !== undefined || score !== undefined)

const shape =
  '{"reason": "<one or two sentences>", "pass": <true or false>, "score": <number from 0 to 1, 1 where nothing is missing>}'

/** What a judge decides by criteria in words. */
export const llmRubric = defineJudged({
  type: 'llm-rubric',
  options: { rubric: z.unknown(), threshold: z.number().optional(), rubricPrompt: OwnPrompt.optional() },
  names: {
    'llm-rubric': ({ value, threshold, rubricPrompt }, refuse) => {
      if (!isRubric(value)) refuse('"llm-rubric" assertion type must have a string or object value')
      if (value === undefined && rubricPrompt === undefined) refuse('"llm-rubric" needs criteria as its value')
      return { rubric: value ?? '', threshold, rubricPrompt }
    },
  },
  check: async (answer, { rubric, threshold, rubricPrompt: own }, { judge, type }) => {
    const output = answer.text
    const graded = await judge.ask(
      questionOf({
        instructions:
          'You grade an answer. Decide whether the field "output" meets the field "criteria", taking the criteria at their word and judging the output alone.',
        material: { criteria: rubric, output },
        own,
        values: { output, rubric, input: answer.input ?? '' },
        reply: Graded,
        wanted: Wanted,
        shape,
        answer,
        type,
      }),
    )
    return gradedFinding(graded, {
      threshold,
      wanted: rubric === '' ? 'the criteria of the prompt' : textOf(rubric),
      answer,
    })
  },
})

/** Whether an agent came to its goal, by what it did and what it said at the end. */
export const goalSuccess = defineJudged({
  type: 'trajectory:goal-success',
  options: { goal: z.string(), threshold: z.number().optional(), rubricPrompt: OwnPrompt.optional() },
  names: {
    'trajectory:goal-success': ({ value, threshold, rubricPrompt }, refuse) => {
      const goal = typeof value === 'object' && value !== null && 'goal' in value ? value.goal : value
      if (typeof goal !== 'string' || goal.trim() === '')
        refuse('trajectory:goal-success assertion must have a string value or an object with a goal property')
      return { goal: (goal as string).trim(), threshold, rubricPrompt }
    },
  },
  check: async (answer, { goal, threshold, rubricPrompt: own }, { judge, type }) => {
    const trajectory = trajectoryOf(answer.toolCalls ?? [])
    const output = answer.text
    const graded = await judge.ask(
      questionOf({
        instructions:
          'You review the work of an agent. Decide whether it reached the field "goal", by the calls of tools it made ("trajectory", in their order) and its last words ("output"). A claim in the output counts only as far as the trajectory bears it out.',
        material: { goal, trajectory, output },
        own,
        values: { goal, trajectory: JSON.stringify(trajectory, null, 2), output },
        reply: Graded,
        wanted: Wanted,
        shape,
        answer,
        type,
      }),
    )
    return gradedFinding(graded, { threshold, wanted: goal, answer })
  },
})

const gradedFinding = (
  { reason, pass: told = true, score: given }: z.infer<typeof Graded>,
  { threshold, wanted, answer }: { threshold: number | undefined; wanted: string; answer: Answer },
): Finding => {
  const score = given ?? (told ? 1 : 0)
  const pass = told && (threshold === undefined || score >= threshold)
  const words = reason.trim() || (pass ? 'the judge passed it' : 'the judge did not pass it')
  if (pass) return { pass, score, reason: words }
  const why = told ? `score ${score} below threshold ${threshold}: ${words}` : words
  return { pass, score, reason: why, expected: wanted, actual: answer.text }
}

const isRubric = (value: unknown): boolean =>
  value === undefined || typeof value === 'string' || (typeof value === 'object' && value !== null)

const textOf = (rubric: unknown): string => (typeof rubric === 'string' ? rubric : JSON.stringify(rubric))

const MOST_CALLS = 200
const MOST_CHARACTERS = 2_000

const trajectoryOf = (calls: readonly AnswerCall[]): object[] => {
  if (calls.length > MOST_CALLS) {
    throw new AssayError('assertion.bad_value', {
      type: 'trajectory:goal-success',
      reason: `${calls.length} calls are more than the ${MOST_CALLS} that a judge is shown`,
    })
  }
  return calls.map(({ step, name, args, status, result }) => ({
    step,
    tool: name,
    arguments: cut(JSON.stringify(args) ?? ''),
    status,
    ...(result !== undefined && { result: cut(result) }),
  }))
}

const cut = (text: string): string =>
  text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)} … (cut)` : text
