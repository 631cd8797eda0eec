import { z } from 'zod'
import { ratesOf } from './price.ts'
import type { Factor, PriceRow, Rates } from './price-row.ts'
import type { Usage } from './usage.ts'

/** What a sum is made of. The classes are disjoint: cached tokens are taken out of the input first. */
export const costClasses = [
  'input',
  'cacheRead',
  'cacheWrite5m',
  'cacheWrite1h',
  'output',
  'reasoning',
  'images',
  'audioSeconds',
  'searchQueries',
] as const
export type CostClass = (typeof costClasses)[number]

/** One line of a bill: so many units at so much for a million of them. */
export const CostLine = z.object({
  class: z.enum(costClasses),
  units: z.number(),
  nanoUsdPerMillion: z.number(),
  factor: z.string().optional().describe('What the service tier multiplied the price by, as a fraction.'),
})
export type CostLine = z.infer<typeof CostLine>

/**
 * What a call costs, in nano-USD. Exact in integers, rounded once, half up.
 */
export const costOf = (usage: Usage, row: PriceRow): number => {
  const { rates, factor } = ratesOf(row, usage)
  const { fresh, read, write5m, write1h, output, reasoning } = classesOf(usage, rates)
  const sum =
    fresh * rates.input +
    read * cacheReadOf(rates) +
    write5m * cacheWriteOf(rates) +
    write1h * hourWriteOf(rates) +
    output * rates.output +
    reasoning * (rates.reasoning ?? rates.output)
  const isPlain = factor === null && !usage.images && !usage.audioMs && !usage.searchQueries
  return isPlain && sum + HALF <= Number.MAX_SAFE_INTEGER ? perMillion(sum) : exactCost(itemise(usage, row), factor)
}

/** The bill of a call: every class that was used, at what it costs. */
export const itemise = (usage: Usage, row: PriceRow): CostLine[] => {
  const { rates, factor } = ratesOf(row, usage)
  const { fresh, read, write5m, write1h, output, reasoning } = classesOf(usage, rates)
  const scaled = factor ? { factor: `${factor.times}/${factor.per}` } : undefined
  const lines: CostLine[] = [
    { class: 'input', units: fresh, nanoUsdPerMillion: rates.input, ...scaled },
    { class: 'cacheRead', units: read, nanoUsdPerMillion: cacheReadOf(rates), ...scaled },
    { class: 'cacheWrite5m', units: write5m, nanoUsdPerMillion: cacheWriteOf(rates), ...scaled },
    { class: 'cacheWrite1h', units: write1h, nanoUsdPerMillion: hourWriteOf(rates), ...scaled },
    { class: 'output', units: output, nanoUsdPerMillion: rates.output, ...scaled },
    { class: 'reasoning', units: reasoning, nanoUsdPerMillion: rates.reasoning ?? rates.output, ...scaled },
    { class: 'images', units: usage.images ?? 0, nanoUsdPerMillion: (row.perImage ?? 0) * MILLION },
    {
      class: 'audioSeconds',
      units: (usage.audioMs ?? 0) / 1_000,
      nanoUsdPerMillion: (row.perAudioSecond ?? 0) * MILLION,
    },
    { class: 'searchQueries', units: searchesOf(usage, row), nanoUsdPerMillion: (row.perSearchQuery ?? 0) * MILLION },
  ]
  return lines.filter(({ units }) => units > 0)
}

const MILLION = 1_000_000
const HALF = 500_000

const cacheReadOf = (rates: Rates): number => rates.cacheRead ?? rates.input
const cacheWriteOf = (rates: Rates): number => rates.cacheWrite5m ?? rates.input
const hourWriteOf = (rates: Rates): number => rates.cacheWrite1h ?? cacheWriteOf(rates)
const searchesOf = ({ searchQueries = 0 }: Usage, { searchedOnce }: PriceRow): number =>
  searchedOnce ? Math.min(1, searchQueries) : searchQueries

/** The disjoint classes; reasoning is told apart only where it has a price of its own. */
const classesOf = (usage: Usage, rates: Rates) => {
  const { inputTokens, outputTokens, cacheReadInputTokens: read, cacheWriteInputTokens: write } = usage
  const write1h = Math.min(write, usage.cacheWriteHourInputTokens ?? 0)
  const reasoning = rates.reasoning === undefined ? 0 : Math.min(outputTokens, usage.reasoningOutputTokens)
  return {
    fresh: Math.max(0, inputTokens - read - write),
    read,
    write5m: write - write1h,
    write1h,
    output: outputTokens - reasoning,
    reasoning,
  }
}

/** The remainder is taken first: a plain division of a sum near 2^53 may round up to the next integer. */
const perMillion = (sum: number): number => {
  const rounded = sum + HALF
  return (rounded - (rounded % MILLION)) / MILLION
}

const exactCost = (lines: readonly CostLine[], factor: Factor | null): number => {
  const { times, per } = factor ?? { times: 1, per: 1 }
  let sum = 0n
  for (const { units, nanoUsdPerMillion, factor: isScaled } of lines) {
    // Thousandths of a unit, since sound is counted in milliseconds.
    const part = BigInt(Math.round(units * 1_000)) * BigInt(nanoUsdPerMillion)
    sum += part * BigInt(isScaled === undefined ? per : times)
  }
  const whole = 1_000_000_000n * BigInt(per)
  return Number((sum + whole / 2n) / whole)
}
