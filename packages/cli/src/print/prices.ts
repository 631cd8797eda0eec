import { serviceTiers, type Price, type PriceRefresh } from '@assay/core'
import type { Output } from '../terminal/output.ts'
import { table } from './table.ts'

const usd = (nano: number | null | undefined): string => (nano === undefined || nano === null ? '' : String(nano / 1e9))

/** Prices in dollars per million tokens. */
export const priceTable = (rows: readonly Price[], out: Pick<Output, 'columns' | 'colours'>): string =>
  table(
    rows,
    [
      { name: 'model', cell: ({ provider, model }) => `${provider}/${model}`, flexible: true },
      { name: 'tier', cell: ({ tier }) => tier ?? '' },
      { name: 'input', align: 'right', cell: ({ input }) => usd(input) },
      { name: 'cached', align: 'right', cell: ({ cacheRead }) => usd(cacheRead) },
      { name: 'written', align: 'right', cell: ({ cacheWrite5m }) => usd(cacheWrite5m) },
      { name: 'output', align: 'right', cell: ({ output }) => usd(output) },
      { name: 'holds', align: 'right', cell: ({ contextWindow }) => String(contextWindow) },
      { name: 'from', cell: ({ origin }) => origin, paint: out.colours.dim },
    ],
    out,
  )

/** All of one price. */
export const priceFields = (price: Price): [string, string][] => {
  const rows: [string, string][] = [
    ['model', `${price.provider}/${price.model}`],
    ['from', price.origin],
    ['tier', price.tier ?? 'none: only when it is named'],
    ['input', perMillion(price.input)],
    ['cache read', perMillion(price.cacheRead)],
    ['cache write, 5 min', perMillion(price.cacheWrite5m)],
    ['cache write, 1 h', perMillion(price.cacheWrite1h)],
    ['output', perMillion(price.output)],
    ['reasoning', perMillion(price.reasoning)],
    ...(price.above ?? []).map(({ aboveTokens, input, output }): [string, string] => [
      `above ${aboveTokens}`,
      `${perMillion(input)} in, ${perMillion(output)} out`,
    ]),
    ...serviceTiers.flatMap((name): [string, string][] => {
      const factor = name === 'standard' ? undefined : price.serviceTiers?.[name]
      return factor ? [[name, `× ${Math.round((factor.times / factor.per) * 10_000) / 10_000}`]] : []
    }),
    [
      'search',
      price.perSearchQuery ? `$${usd(price.perSearchQuery)} ${price.searchedOnce ? 'a request' : 'a query'}` : '',
    ],
    ['holds', `${price.contextWindow} tokens, answers ${price.maxOutputTokens}`],
    ['lacks', price.lacks?.join(', ') ?? ''],
    ['since', price.effectiveFrom ?? ''],
    ['retired', price.retiredAt ?? ''],
  ]
  return rows.filter(([, value]) => value !== '')
}

const perMillion = (nano: number | undefined): string => (nano === undefined ? '' : `$${usd(nano)} per million`)

/** What a new table changes. */
export const refreshText = (refresh: PriceRefresh, out: Pick<Output, 'columns' | 'colours'>): string => {
  const { added, removed, changed, large, isApplied, table: info } = refresh
  const lines = changed.flatMap(({ model, fields }) =>
    Object.entries(fields).map(([field, { before, after }]) => ({ model, field, before, after })),
  )
  const big = new Set(large)
  return [
    lines.length === 0
      ? 'No price changes.'
      : table(
          lines,
          [
            { name: 'model', cell: ({ model }) => model, flexible: true },
            { name: 'price', cell: ({ field }) => field },
            { name: 'before', align: 'right', cell: ({ before, field }) => shown(before, field) },
            { name: 'after', align: 'right', cell: ({ after, field }) => shown(after, field) },
            { name: '', cell: ({ model }) => (big.has(model) ? 'more than tenfold' : ''), paint: out.colours.yellow },
          ],
          out,
        ),
    ...some('New', added),
    ...some('Gone', removed),
    `${isApplied ? 'Loaded' : 'Would load'} ${info.version} (${info.date}): ${changed.length} changed, ${added.length} new, ${removed.length} gone.`,
  ].join('\n')
}

const shown = (value: number | null, field: string): string =>
  value === null ? 'none' : field.endsWith('factor') ? String(Math.round(value * 10_000) / 10_000) : usd(value)

const MOST_NAMED = 10

const some = (what: string, names: readonly string[]): string[] => {
  if (names.length === 0) return []
  const rest = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : ''
  return [`${what}: ${names.slice(0, MOST_NAMED).join(', ')}${rest}`]
}
