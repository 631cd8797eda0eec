import { costOf } from '../gateway/cost.ts'
import type { PriceRow } from '../gateway/price-row.ts'
import type { Usage } from '../gateway/usage.ts'
import { hasRealModels } from '../routing/plan.ts'

/**
 * The model that savings are told against: the newest Opus of Anthropic that has a price, whether the workspace can
 * call it or not. Where the price list has none, the dearest premium model of the configured providers, by three parts
 * input and one part output.
 */
export const baselineOf = (
  prices: readonly PriceRow[],
  configured: readonly string[],
  today: string,
): PriceRow | null => {
  const living = prices.filter(({ retiredAt }) => retiredAt === undefined || today < retiredAt)
  return (
    best(
      living.filter(({ provider }) => provider === 'anthropic'),
      opusVersion,
    ) ?? dearest(living, configured)
  )
}

const dearest = (prices: readonly PriceRow[], configured: readonly string[]): PriceRow | null => {
  const real = hasRealModels({ prices, configured })
  const premium = prices.filter(
    ({ tier, provider }) => tier === 'premium' && configured.includes(provider) && !(provider === 'sim' && real),
  )
  return best(premium, blended)
}

/** The row with the highest measure, the first of equal ones; rows without one do not count. */
const best = (rows: readonly PriceRow[], measure: (row: PriceRow) => number | null): PriceRow | null => {
  let found: { row: PriceRow; value: number } | null = null
  for (const row of rows) {
    const value = measure(row)
    if (value !== null && (!found || value > found.value)) found = { row, value }
  }
  return found?.row ?? null
}

/** 4.5 is 405, so that 4.10 would be newer; names of a day are other names of these. */
const opusVersion = ({ model }: PriceRow): number | null => {
  const [, major, minor = '0'] = /^claude-opus-(\d{1,2})(?:-(\d{1,2}))?$/.exec(model) ?? []
  return major === undefined ? null : Number(major) * 100 + Number(minor)
}

/** What the same tokens would have cost on the baseline, and the difference; negative when the baseline is cheaper. */
export const savingOf = (
  usage: Usage,
  costNanoUsd: number | null,
  baseline: PriceRow | null,
): { baselineModel: string | null; baselineCostNanoUsd: number | null; savingNanoUsd: number | null } => {
  if (!baseline || costNanoUsd === null) return { baselineModel: null, baselineCostNanoUsd: null, savingNanoUsd: null }
  const baselineCostNanoUsd = costOf(usage, baseline)
  const baselineModel = `${baseline.provider}/${baseline.model}`
  return { baselineModel, baselineCostNanoUsd, savingNanoUsd: baselineCostNanoUsd - costNanoUsd }
}

const blended = ({ input, output }: PriceRow): number => 3 * input + output
