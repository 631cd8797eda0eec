import { hash } from 'node:crypto'
import {
  CODE_PROVIDER,
  costOf,
  estimateInputTokens,
  expandSuite,
  isEndpoint,
  modelsOf,
  noUsage,
  priceOf,
  type CaseFilter,
  type Suite,
} from '@assay/core'
import { addJudging } from './judge/estimate.ts'
import type { JudgeDefaults } from './judge/panel.ts'
import { readModelName } from './local-models.ts'

/** What a run would do on one model. */
export type Estimate = {
  model: string
  calls: number
  inputTokens: number
  outputTokens: number
  costNanoUsd: number | null
  /** It is asked for verdicts, and not tested. */
  isJudge?: boolean
}

/** How long an answer is taken to be, when nobody knows. */
export const ASSUMED_OUTPUT_TOKENS = 256

/**
 * The calls, tokens and cost of a run before it is made, for each model and then for each judge; cost is null where a
 * model has no price.
 */
export const estimateSuite = (
  suite: Suite,
  {
    models,
    repeat,
    filter,
    judges = { model: null, embedding: null },
  }: {
    models: readonly string[]
    repeat?: number | undefined
    filter: CaseFilter
    judges?: Pick<JudgeDefaults, 'model' | 'embedding'>
  },
): Estimate[] => {
  const judging = new Map<string, Estimate>()
  const tested = models.map((name) => {
    const price = priceIn(suite, name)
    const estimate: Estimate = { model: name, calls: 0, inputTokens: 0, outputTokens: 0, costNanoUsd: price ? 0 : null }
    const sha256 = (text: string) => hash('sha256', text)
    for (const planned of expandSuite(suite, { ...filter, models: [name], repeat, sha256 })) {
      const inputTokens = estimateInputTokens({ messages: planned.messages })
      const outputTokens = Math.min(ASSUMED_OUTPUT_TOKENS, planned.limits.maxOutputTokens)
      estimate.calls++
      addJudging(judging, planned, { defaults: judges, answerTokens: outputTokens })
      if (price === undefined) continue
      estimate.inputTokens += inputTokens
      estimate.outputTokens += outputTokens
      if (price) estimate.costNanoUsd! += costOf({ ...noUsage, inputTokens, outputTokens }, price)
    }
    return estimate
  })
  return [...tested, ...judging.values()]
}

/** The price of a model by its name in results; what is no model counts no tokens, and has none. */
const priceIn = (suite: Suite, name: string) => {
  if (name.startsWith(`${CODE_PROVIDER}/`)) return undefined
  const { id, script } = modelsOf(suite).find(({ label }) => label === name) ?? { id: name }
  if (script !== undefined || isEndpoint(id)) return undefined
  const { provider, model } = readModelName(id)
  return priceOf(provider, model)
}
