import { NANO_USD_PER_USD, noUsage, type Completion, type Limits, type ToolCallRecord, type Usage } from '@assay/core'
import { addUsage } from '../usage.ts'
import { LimitReached } from '../check-answer.ts'

/** What the agent of one case has used up so far, over all its turns. */
export type Spending = {
  steps: number
  tokens: number
  costNanoUsd: number
}

/** What was used up in one turn. */
export type TurnSpending = {
  usage: Usage | null
  costNanoUsd: number | null
  latencyMs: number
  steps: number
  isCached: boolean
  records: ToolCallRecord[]
}

export const emptyTurn = (): TurnSpending => ({
  usage: null,
  costNanoUsd: 0,
  latencyMs: 0,
  steps: 0,
  isCached: true,
  records: [],
})

/** Counts one answer of the model. */
export const spendOn = (spending: Spending, turn: TurnSpending, answer: Completion): void => {
  const { usage, costNanoUsd, latencyMs, cached } = answer
  spending.steps++
  spending.tokens += usage.inputTokens + usage.outputTokens
  spending.costNanoUsd += costNanoUsd ?? 0
  turn.usage = addUsage(turn.usage ?? noUsage, usage)
  turn.costNanoUsd = turn.costNanoUsd === null || costNanoUsd === null ? null : turn.costNanoUsd + costNanoUsd
  turn.latencyMs += latencyMs
  turn.steps++
  turn.isCached &&= cached ?? false
}

/** Throws when the next call of the model would be one too many. */
export const holdToSteps = ({ steps }: Spending, limits: Limits): void => {
  if (steps < limits.steps) return
  const calls = steps === 1 ? '1 call' : `${steps} calls`
  throw new LimitReached('limit.steps', `the model still asks for tools after ${calls}, and has no more`)
}

/** Throws when what was used up is too much. */
export const holdToAmounts = ({ tokens, costNanoUsd }: Spending, limits: Limits): void => {
  if (tokens > limits.tokens) throw new LimitReached('limit.tokens', `${tokens} tokens are more than ${limits.tokens}`)
  const costUsd = costNanoUsd / NANO_USD_PER_USD
  if (limits.costUsd !== undefined && costUsd > limits.costUsd) {
    throw new LimitReached('limit.cost', `$${costUsd} is more than $${limits.costUsd}`)
  }
}
