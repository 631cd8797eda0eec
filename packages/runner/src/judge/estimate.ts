import {
  costOf,
  estimateTokens,
  isJudgedType,
  noUsage,
  priceOf,
  type AssertionSpec,
  type PlannedCase,
} from '@assay/core'
import type { Estimate } from '../estimate.ts'
import { readModelName } from '../local-models.ts'
import { modelsOf, type JudgeDefaults } from './panel.ts'

/** What a question has beside the material: instructions, rules and the shape of the reply. */
const FRAME_TOKENS = 260
const VERDICT_TOKENS = 60

/** Questions to a judge and texts to embed, for types that do not ask just one question. */
const asks: Record<string, (value: unknown) => { questions: number; embeddings: number }> = {
  'g-eval': (value) => ({ questions: 2 * (Array.isArray(value) ? value.length : 1), embeddings: 0 }),
  'answer-relevance': () => ({ questions: 1, embeddings: 4 }),
  pairwise: () => ({ questions: 2, embeddings: 0 }),
  similar: (value) => ({ questions: 0, embeddings: 1 + (Array.isArray(value) ? value.length : 1) }),
}

/** Counts what judging one case takes; the answers are taken to have the given number of tokens. */
export const addJudging = (
  estimates: Map<string, Estimate>,
  planned: PlannedCase,
  { defaults, answerTokens }: { defaults: Pick<JudgeDefaults, 'model' | 'embedding'>; answerTokens: number },
): void => {
  const lists = [planned.assertions, planned.opening, ...planned.steps.map(({ assertions }) => assertions)]
  const specs = lists.flat().flatMap((spec): AssertionSpec[] => spec.assert ?? [spec])
  for (const spec of specs.filter(({ type }) => isJudgedType(type))) {
    const { questions, embeddings } = asksOf(spec)
    const { text, embedding } = modelsOf(spec, defaults)
    const materialTokens = answerTokens + estimateTokens(JSON.stringify(spec.value ?? '') + planned.input)
    add(estimates, {
      model: text?.id ?? 'no judge',
      calls: questions * (spec.repeat ?? 1),
      inputTokens: FRAME_TOKENS + materialTokens,
      outputTokens: VERDICT_TOKENS,
    })
    add(estimates, {
      model: embedding?.id ?? 'no embeddings',
      calls: embeddings,
      inputTokens: answerTokens,
      outputTokens: 0,
    })
  }
}

const asksOf = ({ type, value }: AssertionSpec): { questions: number; embeddings: number } => {
  const [name = ''] = type.replace(/^not-/, '').split(/:(?=cosine|dot|euclidean)/)
  return asks[name]?.(value) ?? { questions: 1, embeddings: 0 }
}

const add = (
  estimates: Map<string, Estimate>,
  { model, calls, inputTokens, outputTokens }: Pick<Estimate, 'model' | 'calls' | 'inputTokens' | 'outputTokens'>,
): void => {
  if (calls === 0) return
  const price = priceFor(model)
  const known = estimates.get(model)
  const sum = known ?? { model, calls: 0, inputTokens: 0, outputTokens: 0, costNanoUsd: price && 0, isJudge: true }
  estimates.set(model, sum)
  sum.calls += calls
  sum.inputTokens += calls * inputTokens
  sum.outputTokens += calls * outputTokens
  if (price) sum.costNanoUsd! += calls * costOf({ ...noUsage, inputTokens, outputTokens }, price)
}

const priceFor = (name: string): ReturnType<typeof priceOf> => {
  try {
    const { provider, model } = readModelName(name)
    return priceOf(provider, model)
  } catch {
    return null // A model of one's own, or none at hand.
  }
}
