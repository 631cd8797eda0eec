import type { Colours } from '../terminal/terminal.ts'
import { cut, pad, plain, widthOf } from './width.ts'

/** One column of a table: its heading, its cells and what may be done to it. */
export type Column<Row> = {
  name: string
  cell: (row: Row) => string
  align?: 'left' | 'right'
  /** A column that may be cut when the terminal is narrow; the others keep their width. */
  flexible?: boolean
  paint?: (text: string, row: Row) => string
}

const GAP = '  '
const SMALLEST_FLEXIBLE = 8

/** Rows under headings, no wider than the terminal. Cells are made harmless; colours come from `paint` alone. */
export const table = <Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  { columns: limit, colours }: { columns: number; colours: Colours },
): string => {
  const cells = rows.map((row) => columns.map(({ cell }) => plain(cell(row))))
  const natural = columns.map(({ name }, index) =>
    Math.max(widthOf(name), ...cells.map((line) => widthOf(line[index]!))),
  )
  const widths = shrink(natural, columns, limit - GAP.length * (columns.length - 1))
  const heading = columns.map(({ name, align }, index) => pad(cut(name, widths[index]!), widths[index]!, align))
  const lines = cells.map((line, at) =>
    line.map((text, index) => {
      const { align, paint } = columns[index]!
      const shown = pad(cut(text, widths[index]!), widths[index]!, align)
      return paint ? paint(shown, rows[at]!) : shown
    }),
  )
  return [colours.dim(heading.join(GAP).trimEnd()), ...lines.map((line) => line.join(GAP).trimEnd())].join('\n')
}

/** Names and values in two columns, as `show` commands print one thing. */
export const fields = (rows: readonly (readonly [string, string])[], colours: Colours): string => {
  const width = Math.max(...rows.map(([name]) => widthOf(name)))
  return rows.map(([name, value]) => `${colours.dim(pad(name, width))}  ${value}`).join('\n')
}

/** Takes columns away from the widest flexible ones until all fit. */
const shrink = <Row>(natural: number[], columns: readonly Column<Row>[], limit: number): number[] => {
  const widths = [...natural]
  let excess = widths.reduce((sum, width) => sum + width, 0) - limit
  while (excess > 0) {
    const widest = columns.reduce(
      (best, { flexible }, index) =>
        flexible && widths[index]! > SMALLEST_FLEXIBLE && widths[index]! > (widths[best] ?? 0) ? index : best,
      -1,
    )
    if (widest < 0) break
    widths[widest]!--
    excess--
  }
  return widths
}
