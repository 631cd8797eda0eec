import { AssayError } from '../errors.ts'
import { nanoUsd } from '../gateway/price-list.ts'
import { priceOf } from '../gateway/price.ts'

/** What a provider asks for one model on one day (UTC). */
export type BillLine = { day: string; model: string; costNanoUsd: number }

/** What the gateway booked for one model on one day (UTC). */
export type SpendLine = BillLine & { requests: number; unpriced: number }

/** One day and model side by side; null where a side knows nothing of it. */
export type Reconciled = {
  day: string
  model: string
  billNanoUsd: number | null
  oursNanoUsd: number | null
  /** Ours less theirs. */
  differenceNanoUsd: number
  /** Of what they ask; null when they ask nothing. */
  differencePercent: number | null
  unpriced: number
  isOver: boolean
}

/** The columns of the exports we know, by what they hold; a spelling is lower case. */
const columns = {
  day: ['usage_date_utc', 'date', 'day', 'usage_date', 'start_time_iso', 'start_time', 'usage start date'],
  model: ['model', 'model_version', 'line_item', 'snapshot_id', 'sku', 'sku description'],
  cost: ['cost_usd', 'amount_value', 'cost (usd)', 'cost ($)', 'cost', 'amount', 'total_cost', 'usd'],
} as const

/** Reads the CSV a provider exports; throws `input.invalid` for a file without days, models and costs. */
export const readBill = (csv: string): BillLine[] => {
  const [head = [], ...rows] = readCsv(csv)
  const names = head.map((name) => name.trim().toLowerCase())
  const placeOf = (wanted: keyof typeof columns): number => {
    const place = columns[wanted].map((name) => names.indexOf(name)).find((found) => found >= 0)
    if (place !== undefined) return place
    throw invalid(1, `no column holds the ${wanted}: one of ${columns[wanted].join(', ')} is looked for`)
  }
  const [day, model, cost] = [placeOf('day'), placeOf('model'), placeOf('cost')]
  return rows.flatMap((row, index): BillLine[] => {
    const line = index + 2
    const amount = (row[cost] ?? '').replace(/^\$/, '').trim()
    const name = (row[model] ?? '').split(',', 1)[0]!.trim()
    // Totals and taxes have no model.
    if (amount === '' || name === '') return []
    return [{ day: dayOf(row[day] ?? '', line), model: name, costNanoUsd: amountOf(amount, line) }]
  })
}

const dayOf = (text: string, line: number): string => {
  const [found] = /^\d{4}-\d{2}-\d{2}/.exec(text.trim()) ?? []
  const seconds = /^\d{9,11}$/.test(text.trim()) ? Number(text) : Number.NaN
  if (found) return found
  if (Number.isNaN(seconds)) throw invalid(line, `${JSON.stringify(text)} is no day`)
  return new Date(seconds * 1_000).toISOString().slice(0, 10)
}

/** Exports tell amounts with more digits than a nano-dollar. */
const amountOf = (text: string, line: number): number => {
  const plain = /^\d*\.?\d*$/.test(text) ? text.replace(/(\.\d{9})\d+$/, '$1') : Number(text).toFixed(9)
  if (!/^\d*\.?\d*$/.test(plain) || plain === '') throw invalid(line, `${JSON.stringify(text)} is no amount in dollars`)
  return nanoUsd(plain.replace(/\.$/, ''))
}

const invalid = (line: number, message: string): AssayError =>
  new AssayError('input.invalid', { what: 'bill', issues: [{ path: `line ${line}`, message }] })

/** Both sides by day and model, models under the name of their price row so that dated names meet plain ones. */
export const reconcile = (
  bill: readonly BillLine[],
  spend: readonly SpendLine[],
  { provider, overPercent }: { provider: string; overPercent: number },
): Reconciled[] => {
  const rows = new Map<string, Omit<Reconciled, 'differenceNanoUsd' | 'differencePercent' | 'isOver'>>()
  const rowOf = (day: string, written: string) => {
    const model = priceOf(provider, written)?.model ?? written
    const key = `${day} ${model}`
    const row = rows.get(key) ?? { day, model, billNanoUsd: null, oursNanoUsd: null, unpriced: 0 }
    rows.set(key, row)
    return row
  }
  for (const { day, model, costNanoUsd } of bill) {
    const row = rowOf(day, model)
    row.billNanoUsd = (row.billNanoUsd ?? 0) + costNanoUsd
  }
  for (const { day, model, costNanoUsd, unpriced } of spend) {
    const row = rowOf(day, model)
    row.oursNanoUsd = (row.oursNanoUsd ?? 0) + costNanoUsd
    row.unpriced += unpriced
  }
  return [...rows.entries()]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, row]) => {
      const asked = row.billNanoUsd ?? 0
      const differenceNanoUsd = (row.oursNanoUsd ?? 0) - asked
      const differencePercent = asked === 0 ? null : (differenceNanoUsd / asked) * 100
      const isOver = differencePercent === null ? differenceNanoUsd !== 0 : Math.abs(differencePercent) > overPercent
      return { ...row, differenceNanoUsd, differencePercent, isOver }
    })
}

/** RFC 4180: fields with quotes, commas and line ends in them; empty lines are none. */
export const readCsv = (text: string): string[][] => {
  const rows: string[][] = []
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y
  let row: string[] = []
  const source = text.replace(/^\ufeff/, '')
  while (field.lastIndex < source.length) {
    const at = field.lastIndex
    const found = field.exec(source)
    if (!found) throw invalid(rows.length + 1, `a quote stands where none can at character ${at + 1} of the file`)
    row.push(found[1]?.replaceAll('""', '"') ?? found[2] ?? '')
    if (found[3] === ',' && field.lastIndex < source.length) continue
    if (found[3] === ',') row.push('')
    if (row.length > 1 || row[0] !== '') rows.push(row)
    row = []
  }
  return rows
}
