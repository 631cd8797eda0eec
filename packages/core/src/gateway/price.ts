import { matchesAny } from '../routing/glob.ts'
import { providerNames, vendorOf } from './priced-provider.ts'
import type { Factor, PriceRow, Rates } from './price-row.ts'
import { prices, pricesSource } from './prices.ts'
import type { ServiceTier } from './usage.ts'

const tables = new WeakMap<readonly PriceRow[], Map<string, readonly PriceRow[]>>()

/** The rows that hold on a day (UTC, `YYYY-MM-DD`): of each model the newest that has begun. */
export const pricesOn = (today: string, table: readonly PriceRow[] = prices): readonly PriceRow[] => {
  let days = tables.get(table)
  if (!days) tables.set(table, (days = new Map()))
  let rows = days.get(today)
  if (!rows) {
    if (days.size > 7) days.clear()
    days.set(today, (rows = newestOf(table.filter(({ effectiveFrom }) => (effectiveFrom ?? '') <= today))))
  }
  return rows
}

const newestOf = (rows: readonly PriceRow[]): readonly PriceRow[] => {
  const newest = new Map<string, PriceRow>()
  for (const row of rows) {
    const name = `${row.provider}/${row.model}`
    const kept = newest.get(name)
    if (!kept || (kept.effectiveFrom ?? '') <= (row.effectiveFrom ?? '')) newest.set(name, row)
  }
  return newest.size === rows.length ? rows : [...newest.values()]
}

type Index = { byName: Map<string, PriceRow>; byGlob: PriceRow[]; found: Map<string, PriceRow | null> }
const indexes = new WeakMap<readonly PriceRow[], Index>()
const MOST_FOUND = 5_000

const indexOf = (table: readonly PriceRow[]): Index => {
  let index = indexes.get(table)
  if (!index) {
    index = {
      byName: new Map(newestOf(table).map((row) => [`${row.provider}/${row.model}`, row])),
      byGlob: newestOf(table).filter(({ match }) => match !== undefined),
      found: new Map(),
    }
    indexes.set(table, index)
  }
  return index
}

/**
 * The row of a model: by its name, by the plain one of a dated or `-latest` name, or by the glob of a row. Null:
 * unpriced. The table is one that holds on a day, see `pricesOn`; left out, the shipped one on the day it was taken.
 */
export const priceOf = (
  provider: string,
  model: string,
  table: readonly PriceRow[] = pricesOn(pricesSource.date),
): PriceRow | null => {
  const { byName, byGlob, found } = indexOf(table)
  const name = `${canonicalProvider(provider)}/${model}`
  const exact = byName.get(name)
  if (exact) return exact
  const known = found.get(name)
  if (known !== undefined) return known
  const row = byName.get(undated(name)) ?? globbed(name, byGlob) ?? resold(name, table)
  if (found.size >= MOST_FOUND) found.clear()
  if (name.length <= 300) found.set(name, row)
  return row
}

/** The dates that providers put behind a model's name. */
const undated = (name: string): string => name.replace(/[-@](\d{4}-\d{2}-\d{2}|\d{8}|latest)$/, '')

const globbed = (name: string, rows: readonly PriceRow[]): PriceRow | undefined =>
  rows.find(({ provider, match }) => match !== undefined && matchesAny(name, [`${provider}/${match}`]))

/** OpenRouter passes on what the maker of a closed model asks. */
const resold = (name: string, table: readonly PriceRow[]): PriceRow | null => {
  const made = vendorOf(name)
  return made && priceOf(made.provider, made.model, table)
}

/** The one name of a provider, whatever the caller calls it. */
export const canonicalProvider = (name: string): string => providerNames[name] ?? name

/** The rates for a call: by the length of its input, and what its service tier multiplies them by. */
export const ratesOf = (
  row: PriceRow,
  { inputTokens, serviceTier }: { inputTokens: number; serviceTier?: ServiceTier | undefined },
): { rates: Rates; factor: Factor | null } => {
  const rates: Rates = row.above?.findLast(({ aboveTokens }) => inputTokens > aboveTokens) ?? row
  const factor = serviceTier === undefined || serviceTier === 'standard' ? null : row.serviceTiers?.[serviceTier]
  return { rates, factor: factor ?? null }
}
