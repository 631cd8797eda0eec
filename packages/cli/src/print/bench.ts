import type { BenchChange, BenchRow, BenchRun } from '@assay/core'
import type { BenchPlan } from '@assay/runner'
import type { Colours } from '../terminal/terminal.ts'
import { sparkline } from './chart.ts'
import { durationText } from './suite.ts'
import { table, type Column } from './table.ts'

type Paper = { columns: number; colours: Colours }

const levels = ['simple', 'medium', 'complex'] as const

/** The figures of a run, a table a level with the cheapest and the fastest named, and what it came to. */
export const benchText = (run: BenchRun, paper: Paper): string => {
  const { colours } = paper
  const parts = levels.flatMap((level) => {
    const rows = run.rows.filter((row) => row.level === level)
    return rows.length === 0 ? [] : [`${colours.bold(level)}\n${levelTable(rows, paper)}`]
  })
  const sum = (pick: (row: BenchRow) => number) => run.rows.reduce((total, row) => total + pick(row), 0)
  const unpriced = run.rows.some(({ costNanoUsd }) => costNanoUsd === null) ? ' and what has no price' : ''
  const errors = run.rows.flatMap(({ provider, model, level, error }) =>
    error === null ? [] : [colours.red(`${provider}/${model}, ${level}: ${error}`)],
  )
  return [
    ...parts,
    ...(errors.length > 0 ? [errors.join('\n')] : []),
    `${sum(({ answered }) => answered)} of ${sum(({ asked }) => asked)} calls answered in ${durationText(run.durationMs)}: ` +
      `${sum(({ inputTokens }) => inputTokens)} tokens in, ${sum(({ outputTokens }) => outputTokens)} out, ` +
      `${dollars(sum(({ costNanoUsd }) => costNanoUsd ?? 0))}${unpriced}. Run ${run.id}.`,
  ].join('\n\n')
}

const levelTable = (rows: readonly BenchRow[], paper: Paper): string => {
  const best = (pick: (row: BenchRow) => number | null) => {
    const known = rows.filter((row) => pick(row) !== null)
    if (known.length < 2) return null
    const least = Math.min(...known.map((row) => pick(row)!))
    return known.filter((row) => pick(row) === least).length === 1 ? known.find((row) => pick(row) === least)! : null
  }
  const cheapest = best(({ costPer1000NanoUsd }) => costPer1000NanoUsd)
  const fastest = best(({ medianMs }) => medianMs)
  const marks = (row: BenchRow) =>
    [...(row === cheapest ? ['cheapest'] : []), ...(row === fastest ? ['fastest'] : [])].join(', ')
  const hasFirst = rows.some(({ firstTokenMs }) => firstTokenMs !== null)
  const columns: Column<BenchRow>[] = [
    { name: 'model', cell: ({ provider, model }) => `${provider}/${model}`, flexible: true },
    { name: 'ok', cell: ({ answered, asked }) => `${answered}/${asked}`, align: 'right' },
    { name: 'median', cell: ({ medianMs }) => ms(medianMs), align: 'right' },
    { name: 'p95', cell: ({ p95Ms }) => ms(p95Ms), align: 'right', spare: 2 },
    { name: 'min', cell: ({ minMs }) => ms(minMs), align: 'right', spare: 4 },
    ...(hasFirst
      ? [
          {
            name: 'first token',
            cell: ({ firstTokenMs }: BenchRow) => ms(firstTokenMs),
            align: 'right' as const,
            spare: 1,
          },
        ]
      : []),
    {
      name: 'tokens/s',
      cell: ({ tokensPerSecond }) => (tokensPerSecond === null ? '—' : tokensPerSecond.toFixed(0)),
      align: 'right',
      spare: 3,
    },
    { name: 'in', cell: ({ inputTokens }) => String(inputTokens), align: 'right', spare: 6 },
    { name: 'out', cell: ({ outputTokens }) => String(outputTokens), align: 'right', spare: 5 },
    {
      name: 'cost of 1,000',
      cell: ({ costPer1000NanoUsd: cost }) => (cost === null ? '—' : dollars(cost)),
      align: 'right',
    },
    { name: 'right', cell: ({ passRate }) => percent(passRate), align: 'right' },
    { name: '', cell: marks, paint: (text) => paper.colours.green(text) },
  ]
  return table(rows, columns, paper)
}

/** What would be asked, and at most what it costs. */
export const planText = (plan: BenchPlan, paper: Paper): string => {
  const rows = table(
    plan.rows,
    [
      { name: 'model', cell: ({ provider, model }) => `${provider}/${model}`, flexible: true },
      { name: 'calls', cell: ({ calls }) => String(calls), align: 'right' },
      {
        name: 'costs at most',
        cell: ({ mostNanoUsd }) => (mostNanoUsd === null ? '—' : dollars(mostNanoUsd)),
        align: 'right',
      },
    ],
    paper,
  )
  return `${rows}\n\n${plan.calls} calls, at most ${dollars(plan.mostNanoUsd)}.`
}

/** What is no longer as it was, one line each. */
export const changesText = (changes: readonly BenchChange[] | null, before: BenchRun, colours: Colours): string => {
  const named = `run ${before.id} of ${before.at.slice(0, 16).replace('T', ' ')}`
  if (changes === null) return `Not compared with ${named}: it asked other prompts, or in another form.`
  if (changes.length === 0) return `Compared with ${named}: nothing changed by more than 20 %.`
  const lines = changes.map((change) => {
    const { provider, model, level, what, share } = change
    const isWorse = change.after > change.before === (what !== 'right answers')
    const text = `  ${provider}/${model}, ${level}: ${what} ${figure(what, change.before)} → ${figure(what, change.after)}`
    return (isWorse ? colours.red : colours.green)(`${text}${share === null ? '' : ` (${signed(share)})`}`)
  })
  return [`Compared with ${named}:`, ...lines].join('\n')
}

/** How each model went over the runs, with its last figures. */
export const historyText = (runs: readonly BenchRun[], paper: Paper): string => {
  const series = new Map<string, BenchRow[]>()
  for (const row of runs.flatMap((run) => run.rows)) {
    const key = `${row.provider}/${row.model} ${row.level}`
    series.set(key, [...(series.get(key) ?? []), row])
  }
  const rows = [...series.values()]
  const columns: Column<BenchRow[]>[] = [
    { name: 'model', cell: ([first]) => `${first!.provider}/${first!.model}`, flexible: true },
    { name: 'level', cell: ([first]) => first!.level },
    { name: 'runs', cell: (all) => String(all.length), align: 'right' },
    { name: 'response time', cell: (all) => sparkline(all.slice(-24).map(({ medianMs }) => medianMs)) },
    { name: 'first', cell: ([first]) => ms(first!.medianMs), align: 'right', spare: 1 },
    { name: 'last', cell: (all) => ms(all.at(-1)!.medianMs), align: 'right' },
    {
      name: 'cost of 1,000',
      cell: (all) => {
        const cost = all.at(-1)!.costPer1000NanoUsd
        return cost === null ? '—' : dollars(cost)
      },
      align: 'right',
    },
    { name: 'right', cell: (all) => percent(all.at(-1)!.passRate), align: 'right' },
  ]
  const [first, last] = [runs[0]!, runs.at(-1)!]
  const span = `${runs.length} ${runs.length === 1 ? 'run' : 'runs'}, ${first.at.slice(0, 10)} to ${last.at.slice(0, 10)}.`
  return `${table(rows, columns, paper)}\n\n${span}`
}

const ms = (value: number | null): string => (value === null ? '—' : durationText(Math.round(value)))
const percent = (share: number | null): string => (share === null ? '—' : `${Math.round(share * 100)} %`)
const signed = (share: number): string => `${share > 0 ? '+' : ''}${Math.round(share * 100)} %`
const dollars = (nanoUsd: number): string => `$${(nanoUsd / 1e9).toFixed(nanoUsd >= 1e9 ? 2 : 5)}`

const figure = (what: BenchChange['what'], value: number): string =>
  what === 'response time' ? ms(value) : what === 'cost' ? `${dollars(value)} a thousand` : percent(value)
