import { z } from 'zod'
import type { AssertionInput } from '../define.ts'
import { defineJudged } from './judge.ts'
import { contextOf, questionIn, shareFinding, textValue, unitsOf } from './material.ts'
import { OwnPrompt, questionOf } from './prompt.ts'

const options = {
  threshold: z.number().default(0),
  contextTransform: z.string().optional(),
  rubricPrompt: OwnPrompt.optional(),
}

const optionsOf = ({ threshold, contextTransform, rubricPrompt }: AssertionInput) => ({
  ...(threshold !== undefined && { threshold }),
  ...(contextTransform !== undefined && { contextTransform }),
  rubricPrompt,
})

const Attributed = z.object({
  statements: z.array(z.object({ statement: z.string(), supported: z.boolean() })).max(1_000),
})
const wantedStatements = z.strictObject({
  statements: z.array(z.strictObject({ statement: z.string(), supported: z.boolean() })),
})
const statementsShape = '{"statements": [{"statement": "<words of one statement>", "supported": <true or false>}, …]}'

/** How much of what should be known the context holds. */
export const contextRecall = defineJudged({
  type: 'context-recall',
  options: { ...options, truth: z.string() },
  names: {
    'context-recall': (spec, refuse) => ({ ...optionsOf(spec), truth: textValue(spec, refuse) }),
  },
  check: async (answer, { truth, threshold, contextTransform, rubricPrompt: own }, { judge, sandbox, type }) => {
    const parts = await contextOf(answer, { transform: contextTransform, type, sandbox, otherwise: answer.input ?? '' })
    const context = parts.join('\n\n')
    const { statements } = await judge.ask(
      questionOf({
        instructions:
          'You check a retrieval. Split the field "expected" into its single statements, and say of each whether the field "context" supports it. Use nothing that you know from elsewhere.',
        material: { expected: truth, context },
        own,
        values: { context, groundTruth: truth },
        reply: Attributed,
        wanted: wantedStatements,
        shape: statementsShape,
        answer,
        type,
      }),
    )
    return shareFinding('Recall', { ...supportedShare(statements), threshold })
  },
})

/** How much of the context bears on the question. */
export const contextRelevance = defineJudged({
  type: 'context-relevance',
  options,
  names: { 'context-relevance': optionsOf },
  check: async (answer, { threshold, contextTransform, rubricPrompt: own }, { judge, sandbox, type }) => {
    const query = questionIn(answer, type)
    const parts = await contextOf(answer, { transform: contextTransform, type, sandbox })
    const units = parts.length > 1 ? parts : unitsOf(parts[0]!)
    const { relevant } = await judge.ask(
      questionOf({
        instructions:
          'You check a retrieval. The field "passages" holds numbered passages. Name the numbers of those that are needed to answer the field "question"; none when none is.',
        material: { question: query, passages: Object.fromEntries(units.map((unit, index) => [index + 1, unit])) },
        own,
        values: { query, context: parts.join('\n\n') },
        reply: z.object({ relevant: z.array(z.int().min(1).max(units.length)).max(10_000) }),
        wanted: z.strictObject({ relevant: z.array(z.int()) }),
        shape: '{"relevant": [<number>, …]}',
        answer,
        type,
      }),
    )
    const count = new Set(relevant).size
    const score = units.length === 0 ? 0 : count / units.length
    return shareFinding('Context relevance', {
      score,
      threshold,
      detail: `${count} of ${units.length} passages bear on the question`,
    })
  },
})

/** How much of what the answer says the context supports. */
export const contextFaithfulness = defineJudged({
  type: 'context-faithfulness',
  options,
  names: { 'context-faithfulness': optionsOf },
  check: async (answer, { threshold, contextTransform, rubricPrompt: own }, { judge, sandbox, type }) => {
    const question = questionIn(answer, type)
    const context = (await contextOf(answer, { transform: contextTransform, type, sandbox })).join('\n\n')
    const { text: output } = answer
    const { statements } = await judge.ask(
      questionOf({
        instructions:
          'You look for invented facts. Split the field "output", given in reply to the field "question", into its single statements of fact, and say of each whether it follows from the field "context" alone. Use nothing that you know from elsewhere.',
        material: { question, context, output },
        own,
        values: { question, answer: output, output, context, query: question },
        reply: Attributed,
        wanted: wantedStatements,
        shape: statementsShape,
        answer,
        type,
      }),
    )
    return shareFinding('Faithfulness', { ...supportedShare(statements), threshold })
  },
})

const supportedShare = (
  statements: readonly { statement: string; supported: boolean }[],
): { score: number; detail: string } => {
  const missing = statements.filter(({ supported }) => !supported)
  const score = statements.length === 0 ? 0 : (statements.length - missing.length) / statements.length
  const counted = `${statements.length - missing.length} of ${statements.length} statements are supported`
  const named = missing.slice(0, 3).map(({ statement }) => JSON.stringify(statement.slice(0, 200)))
  return { score, detail: named.length === 0 ? counted : `${counted}; not ${named.join(', ')}` }
}
