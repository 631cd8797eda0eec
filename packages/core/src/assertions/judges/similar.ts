import { z } from 'zod'
import { defineJudged, type Judge } from './judge.ts'
import { questionIn, shareFinding } from './material.ts'
import { OwnPrompt, questionOf } from './prompt.ts'
import type { Finding, Reader } from '../define.ts'
import { AssayError } from '../../errors.ts'

const metrics = ['cosine', 'dot', 'euclidean'] as const
type Metric = (typeof metrics)[number]

/** How near the meaning of an answer is to that of a text, by embeddings; near to one of several is enough. */
export const similar = defineJudged({
  type: 'similar',
  options: {
    texts: z.array(z.string()).min(1),
    metric: z.enum(metrics).default('cosine'),
    threshold: z.number().default(0.75),
  },
  names: {
    similar: readerOf('cosine'),
    ...Object.fromEntries(metrics.map((metric) => [`similar:${metric}`, readerOf(metric)])),
  },
  check: async (answer, { texts, metric, threshold }, { judge }) => {
    const own = await judge.embed(answer.text)
    let nearest: Finding | null = null
    for (const text of texts) {
      const finding = comparison({ own, other: await judge.embed(text), metric, threshold })
      if (finding.pass) return finding
      if (!nearest || finding.score > nearest.score) nearest = finding
    }
    const wanted = texts.join(' | ')
    return { ...nearest!, expected: `${threshold} to ${wanted}`, actual: answer.text }
  },
})

function readerOf(metric: Metric): Reader {
  return ({ value, threshold }, refuse) => {
    const texts = Array.isArray(value) ? (value as unknown[]) : [value]
    if (Array.isArray(value) && value.length === 0)
      refuse('Similarity assertion must have at least one value to compare against')
    if (!texts.every((text) => typeof text === 'string'))
      refuse('Similarity assertion type must have a string or array of strings value')
    return { texts, metric, ...(threshold !== undefined && { threshold }) }
  }
}

const comparison = ({
  own,
  other,
  metric,
  threshold,
}: {
  own: readonly number[]
  other: readonly number[]
  metric: Metric
  threshold: number
}): Finding => {
  if (metric === 'euclidean') {
    const distance = Math.hypot(...pairs(own, other).map(([a, b]) => a - b))
    const pass = distance <= threshold + Number.EPSILON
    const reason = `distance ${distance.toFixed(2)} is ${pass ? 'at most' : 'more than'} ${threshold}`
    return { pass, score: 1 / (1 + distance), reason }
  }
  const similarity = metric === 'dot' ? dot(own, other) : cosine(own, other)
  const pass = similarity >= threshold - Number.EPSILON
  return {
    pass,
    score: similarity,
    reason: `similarity ${similarity.toFixed(2)} is ${pass ? 'at least' : 'below'} ${threshold}`,
  }
}

const Questions = z.object({ questions: z.array(z.string().trim().min(1)).min(1).max(20) })
const WANTED_QUESTIONS = 3

/** How well an answer fits its question: questions that it would answer are compared with the one that was asked. */
export const answerRelevance = defineJudged({
  type: 'answer-relevance',
  options: { threshold: z.number().default(0), rubricPrompt: OwnPrompt.optional() },
  names: {
    'answer-relevance': ({ threshold, rubricPrompt }) => ({
      ...(threshold !== undefined && { threshold }),
      rubricPrompt,
    }),
  },
  check: async (answer, { threshold, rubricPrompt: own }, { judge, type }) => {
    const asked = questionIn(answer, type)
    const { text: output } = answer
    const { questions } = await judge.ask(
      questionOf({
        instructions: `You work backwards. Write ${WANTED_QUESTIONS} questions of which the field "output" would be the direct answer, as a person would ask them. Where it answers nothing, write what it might be a reply to.`,
        material: { output },
        own,
        values: { answer: output, output },
        reply: Questions,
        wanted: z.strictObject({ questions: z.array(z.string()) }),
        shape: '{"questions": ["<question>", "<question>", "<question>"]}',
        readText: (text) => ({
          questions: text
            .split('\n')
            .map((line) => line.trim())
            .filter(Boolean),
        }),
        answer,
        type,
      }),
    )
    const score = await meanSimilarity(judge, asked, questions)
    return shareFinding('Relevance', {
      score,
      threshold,
      detail: `it would answer ${questions.map((one) => JSON.stringify(one)).join(', ')}`,
    })
  },
})

const meanSimilarity = async (judge: Judge, asked: string, questions: readonly string[]): Promise<number> => {
  const wanted = await judge.embed(asked)
  let sum = 0
  for (const question of questions) sum += cosine(wanted, await judge.embed(question))
  return sum / questions.length
}

const pairs = (a: readonly number[], b: readonly number[]): [number, number][] => {
  if (a.length !== b.length) {
    throw new AssayError('assertion.judge_unreadable', {
      model: 'the embedding model',
      reason: `it gave vectors of ${a.length} and ${b.length} numbers`,
    })
  }
  return a.map((value, index) => [value, b[index]!])
}

const dot = (a: readonly number[], b: readonly number[]): number => pairs(a, b).reduce((sum, [x, y]) => sum + x * y, 0)

const cosine = (a: readonly number[], b: readonly number[]): number => {
  const lengths = Math.hypot(...a) * Math.hypot(...b)
  return lengths === 0 ? 0 : dot(a, b) / lengths
}
