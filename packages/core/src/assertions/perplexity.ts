import { z } from 'zod'
import { AssayError } from '../errors.ts'
import { defineAssertion, type Answer, type Finding } from './define.ts'

/** The model's own surprise at its answer: exp(-mean log probability), at most the threshold. */
export const perplexity = defineAssertion({
  type: 'perplexity',
  options: { threshold: z.number().optional() },
  names: { perplexity: ({ threshold }) => ({ threshold }) },
  check(answer, { threshold }, { type }): Finding {
    const value = Math.exp(-meanLogProb(answer, type))
    const pass = threshold === undefined || value <= threshold
    const wanted = threshold === undefined ? 'any' : `at most ${threshold}`
    return {
      pass,
      score: pass ? 1 : 0,
      stands: threshold === undefined,
      reason: `Perplexity ${value.toFixed(2)}, wanted ${wanted}`,
      expected: wanted,
      actual: value.toFixed(2),
    }
  },
})

/** The same between 0 and 1: 1/(1 + exp(-mean log probability)), at least the threshold. */
export const perplexityScore = defineAssertion({
  type: 'perplexity-score',
  options: { threshold: z.number().optional() },
  names: { 'perplexity-score': ({ threshold }) => ({ threshold }) },
  check(answer, { threshold }, { type }): Finding {
    const grade = 1 / (1 + Math.exp(-meanLogProb(answer, type)))
    // Without a threshold either way passes, and `not-` still gives what is missing to 1.
    const score = threshold === undefined && type.startsWith('not-') ? 1 - grade : grade
    const wanted = threshold === undefined ? 'any' : `at least ${threshold}`
    return {
      pass: threshold === undefined || score >= threshold,
      score,
      stands: threshold === undefined,
      reason: `Perplexity score ${score.toFixed(2)}, wanted ${wanted}`,
      expected: wanted,
      actual: score.toFixed(2),
    }
  },
})

const meanLogProb = ({ logProbs }: Answer, type: string): number => {
  if (!logProbs || logProbs.length === 0) {
    throw new AssayError('assertion.missing_context', {
      type,
      needs: 'log probabilities: it does not support providers that do not return logProbs',
    })
  }
  return logProbs.reduce((sum, logProb) => sum + logProb, 0) / logProbs.length
}
