import { z } from 'zod'
import { defineJudged } from './judge.ts'
import { inputOf, textValue } from './material.ts'
import { OwnPrompt, questionOf } from './prompt.ts'

/** How an answer stands to what an expert said, and what that is worth when nobody says otherwise. */
const categories = {
  A: { option: 'subset', score: 1, words: 'it says less than the reference, and nothing against it' },
  B: { option: 'superset', score: 1, words: 'it says more than the reference, and nothing against it' },
  C: { option: 'agree', score: 1, words: 'it says the same as the reference' },
  D: { option: 'disagree', score: 0, words: 'it contradicts the reference' },
  E: {
    option: 'differButFactual',
    score: 1,
    words: 'it differs from the reference in what does not matter for the facts',
  },
} as const

type Category = keyof typeof categories
const letters = Object.keys(categories) as Category[]

const Sorted = z.object({
  reason: z.string().default(''),
  category: z
    .string()
    .transform((text) => text.trim().toUpperCase())
    .pipe(z.enum(letters)),
})

/** What each category is worth; 0 fails. */
export const FactualityWeights = z.strictObject({
  subset: z.number().min(0).optional(),
  superset: z.number().min(0).optional(),
  agree: z.number().min(0).optional(),
  disagree: z.number().min(0).optional(),
  differButFactual: z.number().min(0).optional(),
})

/** Whether the facts of an answer agree with those of a reference. */
export const factuality = defineJudged({
  type: 'factuality',
  options: { reference: z.string(), weights: FactualityWeights.default({}), rubricPrompt: OwnPrompt.optional() },
  names: Object.fromEntries(
    ['factuality', 'model-graded-factuality'].map((name) => [
      name,
      (spec, refuse) => ({
        reference: textValue({ ...spec, type: 'factuality' }, refuse),
        weights: spec.config ?? {},
        rubricPrompt: spec.rubricPrompt,
      }),
    ]),
  ),
  check: async (answer, { reference, weights, rubricPrompt: own }, { judge, type }) => {
    const { text: output } = answer
    const input = inputOf(answer)
    const { category, reason } = await judge.ask(
      questionOf({
        instructions: `You compare the facts of an answer with those of a reference. Look at what is stated, not at style, length or tone.
Put the field "output" into one category with regard to the field "reference", both answering the field "question":
${letters.map((letter) => `${letter}: ${categories[letter].words}`).join('\n')}`,
        material: { question: input, reference, output },
        own,
        values: { input, ideal: reference, completion: output, output },
        reply: Sorted,
        wanted: z.strictObject({ reason: z.string(), category: z.enum(letters) }),
        shape: '{"reason": "<one or two sentences>", "category": "<A, B, C, D or E>"}',
        readText: categoryIn,
        answer,
        type,
      }),
    )
    const { option, score: usual, words } = categories[category]
    const score = weights[option] ?? usual
    const pass = score > 0
    const told = `(${category}) ${words}${reason.trim() ? `: ${reason.trim()}` : ''}`
    return { pass, score, reason: told, ...(!pass && { expected: reference, actual: output }) }
  },
})

/** `(B) because …`, as prompts of the user's own may ask for. */
const categoryIn = (text: string): z.infer<typeof Sorted> | null => {
  const [, letter, reason = ''] = /^\s*\(?([A-Ea-e])\)\s*([^]*)$/.exec(text) ?? []
  return letter === undefined ? null : { category: letter.toUpperCase() as Category, reason }
}
