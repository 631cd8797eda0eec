import { z } from 'zod'
import { AssayError } from '../../errors.ts'
import type { Answer } from '../define.ts'
import { defineJudged, type Judge } from './judge.ts'
import { inputOf, textValue } from './material.ts'
import { OwnPrompt, questionOf } from './prompt.ts'

/** Which answer to the same case is the best, over the models and prompts of a run. */
export const selectBest = defineJudged({
  type: 'select-best',
  options: { criteria: z.string(), rubricPrompt: OwnPrompt.optional() },
  names: {
    'select-best': (spec, refuse) => ({ criteria: textValue(spec, refuse), rubricPrompt: spec.rubricPrompt }),
  },
  check: async (answer, { criteria, rubricPrompt: own }, { judge, type }) => {
    const { outputs, place } = rivalsOf(answer, type)
    const best = await judge.ask(
      questionOf({
        instructions:
          'You choose among answers to the same question. The field "outputs" holds numbered answers. Name the number of the one that meets the field "criteria" best. The order in which they stand means nothing.',
        material: { ...sharedQuestion(answer), criteria, outputs: Object.fromEntries(outputs.entries()) },
        own,
        values: { criteria, outputs },
        reply: z.object({
          reason: z.string().default(''),
          best: z
            .int()
            .min(0)
            .max(outputs.length - 1),
        }),
        wanted: z.strictObject({ reason: z.string(), best: z.int() }),
        shape: '{"reason": "<one or two sentences>", "best": <number>}',
        readText: (text) => numberIn(text, outputs.length),
        answer,
        type,
      }),
    )
    const pass = best.best === place
    const why = best.reason.trim() ? `: ${best.reason.trim()}` : ''
    const reason = pass
      ? `the best of ${outputs.length} outputs${why}`
      : `output ${best.best + 1} of ${outputs.length} is better${why}`
    const actual = outputs[place]!
    return { pass, score: pass ? 1 : 0, reason, ...(!pass && { expected: outputs[best.best]!, actual }) }
  },
})

/** The question is that of the case: the prompts differ, and all of them are compared by one verdict. */
const sharedQuestion = ({ vars }: Answer): { question?: string } => {
  const question = vars?.['query'] ?? vars?.['input']
  return typeof question === 'string' ? { question } : {}
}

const rivalsOf = ({ rivals }: Answer, type: string): NonNullable<Answer['rivals']> => {
  if (rivals && rivals.outputs.length >= 2) return rivals
  const isAlone = !rivals || rivals.expected < 2
  const reason = 'select-best assertion must have at least two outputs to compare between'
  if (isAlone) throw new AssayError('assertion.bad_value', { type, reason })
  throw new AssayError('assertion.judge_unavailable', {
    model: 'the judge',
    reason: 'fewer than two of the outputs came',
  })
}

const numberIn = (text: string, count: number): { reason: string; best: number } | null => {
  const best = Number(/\d+/.exec(text)?.[0] ?? Number.NaN)
  return best < count ? { reason: '', best } : null
}

const Preference = z.object({
  reason: z.string().default(''),
  better: z
    .string()
    .transform((text) => text.trim().toLowerCase())
    .pipe(z.enum(['first', 'second', 'tie'])),
})

/** Whether an answer is at least as good as another text; asked in both orders, so that neither place is favoured. */
export const pairwise = defineJudged({
  type: 'pairwise',
  options: {
    criteria: z.string(),
    against: z.string().optional(),
    againstModel: z.string().optional().describe('Its answer to the same case, by its name in this run.'),
    threshold: z.number().default(0.5),
    rubricPrompt: OwnPrompt.optional(),
  },
  names: {
    pairwise: ({ value, threshold, rubricPrompt }, refuse) => ({
      ...comparisonOf(value, refuse),
      ...(threshold !== undefined && { threshold }),
      rubricPrompt,
    }),
  },
  check: async (answer, { criteria, against, againstModel, threshold, rubricPrompt: own }, { judge, type }) => {
    const rival = againstModel === undefined ? null : rivalOf(answer, againstModel, type)
    if (rival?.isItself) {
      const reason = 'it is the answer that the others are compared with'
      return { pass: EQUAL >= threshold, score: EQUAL, reason, stands: true }
    }
    const other = rival?.output ?? against ?? answer.vars?.['expected_output']
    if (typeof other !== 'string' || other === '') {
      throw new AssayError('assertion.missing_context', {
        type,
        needs: 'a text in value.against, a model in value.againstModel, or an expected_output of the case',
      })
    }
    const ask = (first: string, second: string) => preferenceOf(judge, { first, second, criteria, own, answer, type })
    const ahead = await ask(answer.text, other)
    const behind = await ask(other, answer.text)
    const points = { first: 1, tie: 0.5, second: 0 }
    const score = (points[ahead.better] + 1 - points[behind.better]) / 2
    const pass = score >= threshold
    const isTorn = ahead.better !== 'tie' && ahead.better === behind.better
    const verdict =
      score > 0.5
        ? 'it is better'
        : score < 0.5
          ? 'the other is better'
          : isTorn
            ? 'the judge prefers whichever stands first or second'
            : 'they are equal'
    const words = [ahead.reason, behind.reason]
      .map((one) => one.trim())
      .filter(Boolean)
      .join(' / ')
    const reason = `${verdict}${words ? `: ${words}` : ''}`
    return { pass, score, reason, ...(!pass && { expected: other, actual: answer.text }) }
  },
})

const EQUAL = 0.5

/** The answer of another model to the same case; that model's own answer is compared with nothing. */
const rivalOf = ({ rivals }: Answer, model: string, type: string): { output: string; isItself: boolean } => {
  const at = rivals?.models.indexOf(model) ?? -1
  if (rivals && at >= 0) return { output: rivals.outputs[at]!, isItself: rivals.models[rivals.place] === model }
  if (rivals && rivals.outputs.length < rivals.expected)
    throw new AssayError('assertion.judge_unavailable', { model: 'the judge', reason: `no answer of ${model} came` })
  const there = rivals ? [...new Set(rivals.models)].join(', ') : 'this one alone'
  throw new AssayError('assertion.bad_value', { type, reason: `the run has no model ${model}; it has ${there}` })
}

const Comparison = z
  .strictObject({
    criteria: z.string().min(1),
    against: z.string().min(1).optional(),
    againstModel: z.string().min(1).optional(),
  })
  .refine(({ against, againstModel }) => against === undefined || againstModel === undefined)

/** A text is the criteria; an object may name the other text too, or the model that gives it. */
const comparisonOf = (value: unknown, refuse: (reason: string) => never) => {
  const parsed = Comparison.safeParse(typeof value === 'string' ? { criteria: value } : value)
  if (!parsed.success)
    return refuse('pairwise must have criteria as its value, or { criteria, against or againstModel }')
  const { criteria, against, againstModel } = parsed.data
  return { criteria, ...(against !== undefined && { against }), ...(againstModel !== undefined && { againstModel }) }
}

const preferenceOf = (
  judge: Judge,
  asked: { first: string; second: string; criteria: string; own: OwnPrompt | undefined; answer: Answer; type: string },
): Promise<z.infer<typeof Preference>> => {
  const { first, second, criteria, own, answer, type } = asked
  const input = inputOf(answer)
  return judge.ask(
    questionOf({
      instructions:
        'You compare two answers. Decide which of the fields "first" and "second", both given in reply to the field "question", meets the field "criteria" better, or that neither does ("tie"). The order in which they stand means nothing, and neither does their length.',
      material: { question: input, criteria, first, second },
      own,
      values: { input, criteria, first, second },
      reply: Preference,
      wanted: z.strictObject({ reason: z.string(), better: z.enum(['first', 'second', 'tie']) }),
      shape: '{"reason": "<one or two sentences>", "better": "<first, second or tie>"}',
      answer,
      type,
    }),
  )
}
