import { NANO_USD_PER_USD, type CaseResult } from '@assay/core'

/** What a whole run may use up; what is left then is skipped. */
export type RunLimits = {
  maxCostUsd?: number | undefined
  maxTokens?: number | undefined
  maxDurationMs?: number | undefined
  failFast?: boolean | undefined
}

/** Counts what a run uses up, and says which limit is reached. */
export const createStops = (limits: RunLimits, { startedAtMs, now }: { startedAtMs: number; now: () => number }) => {
  let costNanoUsd = 0
  let tokens = 0
  let hasFailed = false
  return {
    /** Counts one result; what came out of a cache used up nothing. */
    add({ cached, costNanoUsd: cost, usage, status, quarantined, judge }: CaseResult): void {
      if (status === 'failed' || status === 'error') hasFailed ||= !quarantined
      costNanoUsd += judge?.spentNanoUsd ?? 0
      tokens += judge?.spentTokens ?? 0
      if (cached) return
      costNanoUsd += cost ?? 0
      tokens += usage ? usage.inputTokens + usage.outputTokens : 0
    },
    /** `limit.max_cost` and its like; null while there is room. */
    reached(): string | null {
      const { maxCostUsd, maxTokens, maxDurationMs, failFast } = limits
      if (maxCostUsd !== undefined && costNanoUsd >= maxCostUsd * NANO_USD_PER_USD) return 'limit.max_cost'
      if (maxTokens !== undefined && tokens >= maxTokens) return 'limit.max_tokens'
      if (maxDurationMs !== undefined && now() - startedAtMs >= maxDurationMs) return 'limit.max_duration'
      return failFast && hasFailed ? 'limit.fail_fast' : null
    },
  }
}
