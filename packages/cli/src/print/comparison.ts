import type { CasePair, Comparison } from '@assay/core'
import { chanceText, figuresText, rateText, verdictSentences } from '@assay/runner'
import type { Colours } from '../terminal/terminal.ts'
import { table } from './table.ts'
import { plain } from './width.ts'

const MOST_SHOWN = 20

const paints = { regression: 'red', improved: 'green', noise: 'dim', 'not-enough-data': 'yellow' } as const

/** Two runs compared, for a person: the verdict, its figures, the cases that moved and those that were not compared. */
export const comparisonText = (
  comparison: Comparison,
  { before, columns, colours }: { before: string; columns: number; colours: Colours },
): string => {
  const { verdict, moved, added, removed, changed } = comparison
  const shown = moved.slice(0, MOST_SHOWN)
  const names = (what: string, cases: Comparison['added']): string[] =>
    cases.length === 0
      ? []
      : [
          `${what}: ${cases
            .slice(0, 5)
            .map(({ title, model }) => `${plain(title)} (${plain(model)})`)
            .join(', ')}${cases.length > 5 ? ` and ${cases.length - 5} more` : ''}`,
        ]
  return [
    `${colours.bold(colours[paints[verdict]](verdict))} against ${plain(before)}. ${verdictSentences[verdict]}`,
    figuresText(comparison).replaceAll('. ', '.\n'),
    ...(shown.length > 0 ? ['', movedTable(shown, { columns, colours })] : []),
    ...(moved.length > MOST_SHOWN ? [colours.dim(`… and ${moved.length - MOST_SHOWN} more cases moved`)] : []),
    ...names('New', added),
    ...names('Removed', removed),
    ...names('Changed checks', changed),
  ].join('\n')
}

const movedTable = (rows: readonly CasePair[], options: { columns: number; colours: Colours }): string =>
  table(
    rows,
    [
      { name: 'case', cell: ({ title }) => title, flexible: true },
      { name: 'model', cell: ({ model }) => model, flexible: true },
      { name: 'before', align: 'right', cell: ({ before }) => rateText(before) },
      {
        name: 'after',
        align: 'right',
        cell: ({ after }) => rateText(after),
        paint: (text, { before, after }) =>
          after.passes / after.total < before.passes / before.total
            ? options.colours.red(text)
            : options.colours.green(text),
      },
      { name: 'p', align: 'right', cell: ({ p }) => (p === null ? '' : chanceText(p)) },
    ],
    options,
  )
