import type { TestMetric, TestMetrics } from '@assay/core'
import type { Output } from '../terminal/output.ts'
import { fields, table } from './table.ts'

/** The figures of success as a table, each with its goal and its formula. */
export const metricsText = (
  { metrics, byState, byKind }: TestMetrics,
  { out, days }: { out: Output; days: number },
): string => {
  const { colours } = out
  const rows = table(
    metrics,
    [
      { name: '', cell: ({ isMet }) => (isMet === null ? '' : isMet ? '✓' : '✗') },
      { name: `last ${days} days`, cell: ({ title }) => title },
      { name: 'value', cell: valueText, align: 'right' },
      {
        name: 'goal',
        cell: ({ goal, unit }) => (goal === null ? '—' : `${goal}${unit === 'percent' ? ' %' : ''}`),
        align: 'right',
      },
      { name: 'of', cell: ofText, align: 'right' },
    ],
    out,
  )
  const formulas = metrics.map(({ title, formula }) => [title, formula] as const)
  return [
    rows,
    '',
    fields(
      [
        ['by state', countsText(byState)],
        ['by kind', countsText(byKind)],
      ],
      colours,
      out.columns,
    ),
    '',
    colours.dim('Formulas'),
    fields(formulas, colours, out.columns),
  ].join('\n')
}

const valueText = ({ value, unit }: TestMetric): string => {
  if (value === null) return '—'
  return unit === 'percent' ? `${value.toFixed(1)} %` : String(value)
}

const ofText = ({ part, whole, unit }: TestMetric): string => {
  if (whole === null) return ''
  return unit === 'points' ? `${whole} tests` : `${part} of ${whole}`
}

const countsText = (counts: Record<string, number>): string =>
  Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ') || 'none'
