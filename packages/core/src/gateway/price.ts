import { prices } from './prices.ts'
import type { Usage } from './usage.ts'

/** How much a model can do, which is what `auto` chooses by. */
export const modelTiers = ['economy', 'standard', 'premium'] as const
export type ModelTier = (typeof modelTiers)[number]

/** What a request may ask of a model beyond text. */
export const capabilities = ['images', 'tools', 'json_schema'] as const
export type Capability = (typeof capabilities)[number]

/** Prices of the token classes, in nano-USD per million tokens. */
export type Rates = {
  input: number
  output: number
  /** Left out: counted as input. */
  cacheRead?: number
  /** Left out: counted as input. */
  cacheWrite?: number
}

/** One model with what it costs and what it can. */
export type PriceRow = Rates & {
  provider: string
  model: string
  /** Null: never chosen for `auto`, only when it is named. */
  tier: ModelTier | null
  contextWindow: number
  maxOutputTokens: number
  lacks?: readonly Capability[]
  /** Other rates for the whole request as soon as its input is longer than this. */
  long?: Rates & { aboveTokens: number }
  /** From this day (UTC) on the provider answers no more. */
  retiredAt?: string
}

/** Other names of one provider. */
const providerAliases: Record<string, string> = { gemini: 'google' }

/** The one name of a provider, whatever the caller calls it. */
export const canonicalProvider = (name: string): string => providerAliases[name] ?? name

/** Providers by the origin that serves them, so that a compatible server at a known address has its price. */
const providersByOrigin: Record<string, string> = {
  'https://api.openai.com': 'openai',
  'https://api.groq.com': 'groq',
  'https://api.anthropic.com': 'anthropic',
  'https://generativelanguage.googleapis.com': 'google',
}

/** Whose prices count for a call: the provider, or for a compatible server the one known at its origin. */
export const pricedProvider = ({ provider, baseUrl }: { provider: string; baseUrl: string | null }): string => {
  if (provider !== 'compatible' || baseUrl === null) return provider
  return providersByOrigin[/^https?:\/\/[^/]+/.exec(baseUrl)?.[0] ?? ''] ?? provider
}

type PriceTable = readonly PriceRow[]
const indexes = new WeakMap<PriceTable, Map<string, PriceRow>>()

const indexOf = (table: PriceTable): Map<string, PriceRow> => {
  let index = indexes.get(table)
  if (!index) {
    index = new Map(table.map((row) => [`${row.provider}/${row.model}`, row]))
    indexes.set(table, index)
  }
  return index
}

/** The row of a model; a dated or `-latest` name without a row of its own has that of the plain name. Null: unpriced. */
export const priceOf = (provider: string, model: string, table: PriceTable = prices): PriceRow | null => {
  const index = indexOf(table)
  const name = `${canonicalProvider(provider)}/${model}`
  return index.get(name) ?? index.get(name.replace(/-(\d{4}-\d{2}-\d{2}|\d{8}|latest)$/, '')) ?? null
}

/**
 * What the tokens cost, in nano-USD. The classes are disjoint: cached tokens are taken out of the input first. Exact
 * in integers, rounded once, half up.
 */
export const costOf = (usage: Usage, row: PriceRow): number => {
  const rates = row.long && usage.inputTokens > row.long.aboveTokens ? row.long : row
  const { cacheReadInputTokens: read, cacheWriteInputTokens: write } = usage
  const fresh = Math.max(0, usage.inputTokens - read - write)
  const cacheRead = rates.cacheRead ?? rates.input
  const cacheWrite = rates.cacheWrite ?? rates.input
  const sum = fresh * rates.input + read * cacheRead + write * cacheWrite + usage.outputTokens * rates.output
  if (sum + 500_000 <= Number.MAX_SAFE_INTEGER) return perMillion(sum)
  const exact =
    BigInt(fresh) * BigInt(rates.input) +
    BigInt(read) * BigInt(cacheRead) +
    BigInt(write) * BigInt(cacheWrite) +
    BigInt(usage.outputTokens) * BigInt(rates.output)
  return Number((exact + 500_000n) / 1_000_000n)
}

/** The remainder is taken first: a plain division of a sum near 2^53 may round up to the next integer. */
const perMillion = (sum: number): number => {
  const rounded = sum + 500_000
  return (rounded - (rounded % 1_000_000)) / 1_000_000
}
