import type { ChatRequest } from '@assay/core'

/** How a family of models is asked to think, and what it refuses beside. */
type Family = {
  pattern: RegExp
  thinking: 'none' | 'budget' | 'adaptive'
  /** Temperature and the like are refused altogether. */
  refusesSampling?: boolean
}

/** The first row that fits counts; a model that is not known yet is taken for one of the newest. */
const families: readonly Family[] = [
  { pattern: /claude-3-7/, thinking: 'budget' },
  { pattern: /claude-(?:instant|2|3)/, thinking: 'none' },
  { pattern: /claude-(?:opus|sonnet|haiku)-4(?:-[015])?(?:-latest|-\d{8})?$/, thinking: 'budget' },
  { pattern: /claude-(?:opus|sonnet|haiku)-4-6/, thinking: 'adaptive' },
  { pattern: /./, thinking: 'adaptive', refusesSampling: true },
]

const familyOf = (model: string): Family => families.find(({ pattern }) => pattern.test(model))!

export const refusesSampling = (model: string): boolean => familyOf(model).refusesSampling === true

/** Thinking tokens for models that are given a budget. */
const budgets: Record<string, number> = { minimal: 1_024, low: 1_024, medium: 4_096, high: 16_384, xhigh: 32_768 }
const SMALLEST_BUDGET = 1_024

const efforts: Record<string, string> = { minimal: 'low', low: 'low', medium: 'medium', high: 'high', xhigh: 'xhigh' }

/** The fields that ask for thinking; null when the effort has no counterpart. */
export const thinkingOf = (
  { reasoning_effort: effort }: Pick<ChatRequest, string>,
  { model, maxTokens }: { model: string; maxTokens: number },
): { thinking?: object; effort?: string } | null => {
  if (effort === null || effort === undefined || effort === 'none') return {}
  const { thinking } = familyOf(model)
  const level = typeof effort === 'string' ? effort : ''
  if (thinking === 'adaptive') {
    return efforts[level] ? { thinking: { type: 'adaptive', display: 'summarized' }, effort: efforts[level] } : null
  }
  // The budget is part of the answer's limit, and something must be left for the answer.
  const budget = Math.min(budgets[level] ?? 0, Math.floor(maxTokens * 0.8))
  if (thinking === 'none' || budget < SMALLEST_BUDGET) return null
  return { thinking: { type: 'enabled', budget_tokens: budget } }
}
