import { z } from 'zod'
import { defineJudged } from './judge.ts'
import { inputOf, textValue } from './material.ts'
import { OwnPrompt, questionOf } from './prompt.ts'

const Met = z.object({ reason: z.string().default(''), meets: z.boolean() })

/** Whether an answer meets a criterion: yes or no. */
export const closedQa = defineJudged({
  type: 'model-graded-closedqa',
  options: { criterion: z.string(), rubricPrompt: OwnPrompt.optional() },
  names: {
    'model-graded-closedqa': (spec, refuse) => ({
      criterion: textValue(spec, refuse),
      rubricPrompt: spec.rubricPrompt,
    }),
  },
  check: async (answer, { criterion, rubricPrompt: own }, { judge, type }) => {
    const { text: output } = answer
    const input = inputOf(answer)
    const { meets, reason } = await judge.ask(
      questionOf({
        instructions:
          'You check one requirement. Decide whether the field "output", given in reply to the field "question", meets the field "criterion" as it is worded.',
        material: { question: input, criterion, output },
        own,
        values: { input, criteria: criterion, completion: output, output },
        reply: Met,
        wanted: z.strictObject({ reason: z.string(), meets: z.boolean() }),
        shape: '{"reason": "<one or two sentences>", "meets": <true or false>}',
        readText: letterIn,
        answer,
        type,
      }),
    )
    const told = `${meets ? 'it meets' : 'it does not meet'} the criterion${reason.trim() ? `: ${reason.trim()}` : ''}`
    return {
      pass: meets,
      score: meets ? 1 : 0,
      reason: told,
      ...(!meets && { expected: criterion, actual: output }),
    }
  },
})

/** Reasoning that ends in Y or N, as prompts of the user's own may ask for. */
const letterIn = (text: string): z.infer<typeof Met> | null => {
  const [, reason = '', letter] = /^([^]*?)\b([YN])\s*$/.exec(text) ?? []
  return letter === undefined ? null : { meets: letter === 'Y', reason }
}
