import { costOf } from '../gateway/cost.ts'
import type { PriceRow } from '../gateway/price-row.ts'
import type { Usage } from '../gateway/usage.ts'
import { hasRealModels } from '../routing/plan.ts'

/**
 * The model that savings are told against: the dearest premium model among the providers that are configured, by
 * three parts input and one part output. Null when none of them has a premium model.
 */
export const baselineOf = (
  prices: readonly PriceRow[],
  configured: readonly string[],
  today: string,
): PriceRow | null => {
  const real = hasRealModels({ prices, configured })
  let dearest: PriceRow | null = null
  for (const row of prices) {
    if (row.tier !== 'premium' || !configured.includes(row.provider)) continue
    if (row.retiredAt !== undefined && today >= row.retiredAt) continue
    if (row.provider === 'sim' && real) continue
    if (!dearest || blended(row) > blended(dearest)) dearest = row
  }
  return dearest
}

/** What the same tokens would have cost on the baseline, and the difference; negative when the baseline is cheaper. */
export const savingOf = (
  usage: Usage,
  costNanoUsd: number | null,
  baseline: PriceRow | null,
): { baselineCostNanoUsd: number | null; savingNanoUsd: number | null } => {
  if (!baseline || costNanoUsd === null) return { baselineCostNanoUsd: null, savingNanoUsd: null }
  const baselineCostNanoUsd = costOf(usage, baseline)
  return { baselineCostNanoUsd, savingNanoUsd: baselineCostNanoUsd - costNanoUsd }
}

const blended = ({ input, output }: PriceRow): number => 3 * input + output
