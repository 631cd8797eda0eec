import { z } from 'zod'
import { AssayError } from '../errors.ts'
import { issuesOf } from '../error-entry.ts'
import { priceOf } from './price.ts'
import { providerNames } from './priced-provider.ts'
import { capabilities, PriceTable, type Factor, type PriceRow, type Rates } from './price-row.ts'

/**
 * Reads a price table from a file: our own format, or LiteLLM's `model_prices_and_context_window.json`. Of the latter
 * only figures are taken, of the providers we know; which models `auto` chooses stays as it is in the table before.
 */
export const readPriceTable = (
  json: unknown,
  { current, today, source }: { current: readonly PriceRow[]; today: string; source: string },
): PriceTable => {
  const isOurs = typeof json === 'object' && json !== null && 'prices' in json
  const table = isOurs ? json : { version: `litellm-${today}`, date: today, source, prices: readLiteLlm(json, current) }
  const parsed = PriceTable.safeParse(table)
  if (!parsed.success) throw invalid(issuesOf(parsed.error).slice(0, 10))
  const seen = new Set<string>()
  for (const [index, { provider, model, effectiveFrom = '' }] of parsed.data.prices.entries()) {
    const name = `${provider}/${model} ${effectiveFrom}`
    if (seen.has(name)) throw invalid([{ path: `prices[${index}]`, message: `${name.trim()} is given twice` }])
    seen.add(name)
  }
  if (parsed.data.prices.length === 0)
    throw invalid([{ path: 'prices', message: 'no model of a known provider is in it' }])
  return parsed.data
}

const invalid = (issues: { path: string; message: string }[]): AssayError =>
  new AssayError('input.invalid', { what: 'price table', issues })

const price = z.union([z.number(), z.string()]).optional().catch(undefined)
const flag = z.boolean().optional().catch(undefined)

/** One model there. Prices are in dollars a token. */
const Entry = z.looseObject({
  litellm_provider: z.string(),
  mode: z.string().optional().catch(undefined),
  input_cost_per_token: price,
  output_cost_per_token: price,
  cache_read_input_token_cost: price,
  cache_creation_input_token_cost: price,
  cache_creation_input_token_cost_above_1hr: price,
  output_cost_per_reasoning_token: price,
  input_cost_per_token_batches: price,
  input_cost_per_token_flex: price,
  input_cost_per_token_priority: price,
  max_input_tokens: price,
  max_output_tokens: price,
  max_tokens: price,
  search_context_cost_per_query: z.looseObject({ search_context_size_medium: price }).optional().catch(undefined),
  deprecation_date: z.iso.date().optional().catch(undefined),
  supports_vision: flag,
  supports_function_calling: flag,
  supports_response_schema: flag,
})
type Entry = z.infer<typeof Entry>

const providers = new Set(['openai', 'anthropic', 'google', 'groq', 'xai', 'mistral', 'deepseek', 'cohere', 'together'])
const modes = new Set(['chat', 'responses', 'completion', 'embedding'])
const MOST_ENTRIES = 50_000

const readLiteLlm = (json: unknown, current: readonly PriceRow[]): PriceRow[] => {
  const entries = z.record(z.string(), z.unknown()).safeParse(json)
  if (!entries.success) throw invalid([{ path: '', message: 'it is neither our format nor that of LiteLLM' }])
  const rows = new Map<string, PriceRow>()
  // The simulator is ours, and in nobody's file.
  for (const row of current) if (row.provider === 'sim') rows.set(`sim/${row.model}`, row)
  for (const [name, value] of Object.entries(entries.data).slice(0, MOST_ENTRIES)) {
    const parsed = Entry.safeParse(value)
    const row = parsed.success ? rowOf(name, parsed.data, current) : null
    if (row) rows.set(`${row.provider}/${row.model}`, row)
  }
  return [...rows.values()].some(({ provider }) => provider !== 'sim') ? [...rows.values()] : []
}

const rowOf = (name: string, entry: Entry, current: readonly PriceRow[]): PriceRow | null => {
  const { litellm_provider: given, mode = 'chat' } = entry
  const provider = providerNames[given] ?? given
  const input = nanoUsdOf(entry.input_cost_per_token)
  if (!providers.has(provider) || !modes.has(mode) || input === undefined) return null
  const prefix = `${given.replace(/_chat$/, '')}/`
  const model = name.startsWith(prefix) ? name.slice(prefix.length) : name
  const known = current.find((row) => row.provider === provider && row.model === model)
  const base = ratesOf(entry, '')
  const context = countOf(entry.max_input_tokens ?? entry.max_tokens) ?? known?.contextWindow ?? 128_000
  const above = longerOf(entry)
  const tiers = {
    ...ifGiven('batch', factorOf(entry.input_cost_per_token_batches, input)),
    ...ifGiven('flex', factorOf(entry.input_cost_per_token_flex, input)),
    ...ifGiven('priority', factorOf(entry.input_cost_per_token_priority, input)),
  }
  const lacks = mode === 'embedding' ? [] : capabilities.filter((capability) => !can[capability](entry))
  return {
    provider,
    model,
    tier: known?.tier ?? null,
    ...base,
    contextWindow: context,
    maxOutputTokens: mode === 'embedding' ? 0 : (countOf(entry.max_output_tokens ?? entry.max_tokens) ?? context),
    ...(mode === 'embedding' ? { kind: 'embeddings' as const } : undefined),
    ...(lacks.length > 0 ? { lacks } : undefined),
    ...(above.length > 0 ? { above } : undefined),
    ...(Object.keys(tiers).length > 0 ? { serviceTiers: tiers } : undefined),
    ...ifGiven('perSearchQuery', nanoUsdPer(entry.search_context_cost_per_query?.search_context_size_medium, 1)),
    ...(priceOf(provider, model, current)?.searchedOnce ? { searchedOnce: true as const } : undefined),
    ...ifGiven('retiredAt', entry.deprecation_date),
    ...ifGiven('match', known?.match),
  }
}

const can: Record<(typeof capabilities)[number], (entry: Entry) => boolean> = {
  images: (entry) => entry.supports_vision === true,
  tools: (entry) => entry.supports_function_calling === true,
  json_schema: (entry) => entry.supports_response_schema === true,
}

const longerOf = (entry: Entry): NonNullable<PriceRow['above']> =>
  [128, 200, 256, 272].flatMap((thousand) => {
    const suffix = `_above_${thousand}k_tokens`
    return nanoUsdOf(entry[`input_cost_per_token${suffix}`]) === undefined
      ? []
      : [{ aboveTokens: thousand * 1_000, ...ratesOf(entry, suffix) }]
  })

const ratesOf = (entry: Entry, suffix: string): Rates => {
  const rate = (name: string): number | undefined => nanoUsdOf(entry[name + suffix])
  const output = rate('output_cost_per_token') ?? nanoUsdOf(entry.output_cost_per_token) ?? 0
  const reasoning = rate('output_cost_per_reasoning_token')
  return {
    input: rate('input_cost_per_token')!,
    output,
    ...ifGiven('cacheRead', rate('cache_read_input_token_cost')),
    ...ifGiven('cacheWrite5m', rate('cache_creation_input_token_cost')),
    ...ifGiven('cacheWrite1h', rate('cache_creation_input_token_cost_above_1hr')),
    ...(reasoning === undefined || reasoning === output ? undefined : { reasoning }),
  }
}

/** Dollars a token as nano-USD per million of them. */
const nanoUsdOf = (value: unknown): number | undefined => nanoUsdPer(value, 1_000_000)

const nanoUsdPer = (value: unknown, units: number): number | undefined => {
  const dollars =
    typeof value === 'number' ? value : typeof value === 'string' && value !== '' ? Number(value) : Number.NaN
  const rounded = Math.round(dollars * units * 1e9)
  return Number.isSafeInteger(rounded) && rounded >= 0 ? rounded : undefined
}

const countOf = (value: unknown): number | undefined => {
  const count = Math.round(Number(value))
  return value !== undefined && Number.isSafeInteger(count) && count > 0 ? count : undefined
}

const factorOf = (value: unknown, input: number): Factor | undefined => {
  const rate = nanoUsdOf(value)
  if (rate === undefined || input === 0) return undefined
  const divisor = greatestDivisor(rate, input)
  const factor = { times: rate / divisor, per: input / divisor }
  return factor.times <= 1_000_000 && factor.per <= 1_000_000 ? factor : undefined
}

const greatestDivisor = (a: number, b: number): number => (b === 0 ? a : greatestDivisor(b, a % b))

const ifGiven = <Name extends string, Value>(name: Name, value: Value | undefined): { [Key in Name]?: Value } =>
  (value === undefined ? {} : { [name]: value }) as { [Key in Name]?: Value }
