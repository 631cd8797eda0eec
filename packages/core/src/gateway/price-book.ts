import { prices, pricesSource } from './prices.ts'
import { Rates, type PriceRow, type PriceTable } from './price-row.ts'

/** The table that comes with this version. */
export const shippedTable: PriceTable = { version: pricesSource.date, ...pricesSource, prices: [...prices] }

/** A table in which some models have prices of the workspace's own, for all days. */
export const overridePrices = (table: readonly PriceRow[], overrides: readonly PriceRow[]): readonly PriceRow[] => {
  if (overrides.length === 0) return table
  const own = new Set(overrides.map(nameOf))
  return [...overrides, ...table.filter((row) => !own.has(nameOf(row)))]
}

/** How two tables differ. */
export type PriceDiff = { added: string[]; removed: string[]; changed: PriceChange[] }

/** What became of one model, by its price fields in nano-USD; null where it had or has none. */
export type PriceChange = {
  model: string
  fields: Record<string, { before: number | null; after: number | null }>
  /** The largest of its changes, up or down: 2 for a doubled as for a halved price; null when from or to zero. */
  factor: number | null
}

/** A price that changes more than this is a mistake until somebody says that it is meant. */
export const LARGE_CHANGE = 10

/** What a new table would change. Rows of one model on several days are compared by their day. */
export const comparePrices = (before: readonly PriceRow[], after: readonly PriceRow[]): PriceDiff => {
  const old = new Map(before.map((row) => [keyOf(row), row]))
  const fresh = new Map(after.map((row) => [keyOf(row), row]))
  const changed = [...fresh].flatMap(([key, row]) => {
    const was = old.get(key)
    const change = was && changeOf(key, was, row)
    return change ? [change] : []
  })
  return {
    added: [...fresh.keys()].filter((key) => !old.has(key)),
    removed: [...old.keys()].filter((key) => !fresh.has(key)),
    changed,
  }
}

/** Changes too large to be made unasked: more than ten times, or from or to nothing. */
export const largeChanges = ({ changed }: PriceDiff): PriceChange[] =>
  changed.filter(({ factor }) => factor === null || factor > LARGE_CHANGE)

/** How a row is named: a price from a later day is one of its own. */
const keyOf = (row: PriceRow): string =>
  nameOf(row) + (row.effectiveFrom === undefined ? '' : ` from ${row.effectiveFrom}`)

const nameOf = ({ provider, model }: PriceRow): string => `${provider}/${model}`

const changeOf = (model: string, before: PriceRow, after: PriceRow): PriceChange | null => {
  const [old, fresh] = [figuresOf(before), figuresOf(after)]
  const names = [...new Set([...Object.keys(old), ...Object.keys(fresh)])].filter((name) => old[name] !== fresh[name])
  if (names.length === 0) return null
  const fields = names.map((name) => [name, { before: old[name] ?? null, after: fresh[name] ?? null }] as const)
  const factors = fields.flatMap(([, change]) =>
    change.before === null || change.after === null ? [] : [factorOf(change.before, change.after)],
  )
  return { model, fields: Object.fromEntries(fields), factor: factors.reduce(larger, 1) }
}

const factorOf = (before: number, after: number): number | null =>
  before === 0 || after === 0 ? null : Math.max(before / after, after / before)

const larger = (a: number | null, b: number | null): number | null => (a === null || b === null ? null : Math.max(a, b))

const figureNames = new Set([...Object.keys(Rates.shape), 'perImage', 'perAudioSecond', 'perSearchQuery'])

/** Every figure of a row under one name. */
const figuresOf = (row: PriceRow): Record<string, number> => {
  const figures: Record<string, number> = {}
  const take = (prefix: string, from: object): void => {
    for (const [name, value] of Object.entries(from)) {
      if (typeof value === 'number' && figureNames.has(name)) figures[prefix + name] = value
    }
  }
  take('', row)
  for (const longer of row.above ?? []) take(`above ${longer.aboveTokens}: `, longer)
  for (const [tier, factor] of Object.entries(row.serviceTiers ?? {})) {
    if (factor) figures[`${tier} factor`] = factor.times / factor.per
  }
  return figures
}
