import type { Colours } from '../terminal/terminal.ts'
import { cut, pad, plain, widthOf, wrap } from './width.ts'

/** One column of a table: its heading, its cells and what may be done to it. */
export type Column<Row> = {
  name: string
  cell: (row: Row) => string
  align?: 'left' | 'right'
  /** A column that may be cut when the terminal is narrow; the others keep their width as long as they can. */
  flexible?: boolean
  /** A column that a narrow terminal goes without: the highest number goes first. */
  spare?: number
  paint?: (text: string, row: Row) => string
}

type Paper = { columns: number; colours: Colours }

const GAP = '  '
const SMALLEST_FLEXIBLE = 8
/** A spare column goes before another one is cut below this. */
const READABLE_FLEXIBLE = 16
const SMALLEST = 4

/**
 * Rows under headings, no wider than the terminal. Cells are made harmless; colours come from `paint` alone. What a
 * narrow terminal has no room for is named below.
 */
export const table = <Row>(rows: readonly Row[], columns: readonly Column<Row>[], paper: Paper): string => {
  const drawing = layOut(rows, columns, paper)
  return [drawing.heading, ...rows.map(drawing.line), ...drawing.notes].join('\n')
}

/** How a table is drawn: its heading, each line by itself, and what is said below it. */
export type Drawing<Row> = { heading: string; line: (row: Row) => string; notes: string[] }

/** The widths for these rows; later ones are drawn in the same, so that a list may grow line by line. */
export const layOut = <Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  { columns: limit, colours }: Paper,
): Drawing<Row> => {
  const cellsOf = (row: Row) => columns.map(({ cell }) => plain(cell(row)))
  const cells = rows.map(cellsOf)
  const natural = columns.map(({ name }, index) =>
    Math.max(widthOf(name), ...cells.map((line) => widthOf(line[index]!))),
  )
  const { widths, left } = fit(natural, columns, limit)
  const shown = columns.flatMap((column, index) =>
    widths[index] === undefined ? [] : [{ ...column, index, width: widths[index] }],
  )
  const heading = shown.map(({ name, align, width }) => pad(cut(name, width), width, align))
  return {
    heading: colours.dim(heading.join(GAP).trimEnd()),
    line: (row) => {
      const texts = cellsOf(row)
      return shown
        .map(({ align, paint, width, index }) => {
          const text = pad(cut(texts[index]!, width), width, align)
          return paint ? paint(text, row) : text
        })
        .join(GAP)
        .trimEnd()
    },
    notes:
      left.length === 0
        ? []
        : wrap(`Not shown at ${limit} columns: ${left.join(', ')}.`, limit).map((line) => colours.dim(line)),
  }
}

/** Names and values in two columns, as `show` commands print one thing; a long value goes on below its beginning. */
export const fields = (
  rows: readonly (readonly [string, string])[],
  colours: Colours,
  limit: number = Number.POSITIVE_INFINITY,
): string => {
  const width = Math.max(...rows.map(([name]) => widthOf(name)))
  const room = limit - width - GAP.length
  return rows
    .flatMap(([name, value]) =>
      (room < READABLE_FLEXIBLE ? [value] : wrap(value, room)).map(
        (line, index) => `${colours.dim(pad(index === 0 ? name : '', width))}${GAP}${line}`,
      ),
    )
    .join('\n')
}

/** The width of each column, undefined for one that is left out, and the names of those. */
const fit = <Row>(
  natural: readonly number[],
  columns: readonly Column<Row>[],
  limit: number,
): { widths: (number | undefined)[]; left: string[] } => {
  const widths: (number | undefined)[] = [...natural]
  const excess = () => {
    const kept = widths.filter((width) => width !== undefined)
    return kept.reduce((sum, width) => sum + width, 0) + GAP.length * (kept.length - 1) - limit
  }
  /** Takes from the widest of some columns until all fit or each has only `smallest` left. */
  const shrink = (smallest: number, may: (column: Column<Row>) => boolean) => {
    for (let over = excess(); over > 0; over--) {
      const widest = columns.reduce(
        (best, column, index) =>
          may(column) && (widths[index] ?? 0) > smallest && widths[index]! > (widths[best] ?? 0) ? index : best,
        -1,
      )
      if (widest < 0) return
      widths[widest]!--
    }
  }
  const isFlexible = ({ flexible }: Column<Row>) => flexible === true
  shrink(READABLE_FLEXIBLE, isFlexible)
  const spare = columns
    .map(({ spare: rank }, index) => ({ rank: rank ?? 0, index }))
    .filter(({ rank }) => rank > 0)
    .toSorted((one, other) => other.rank - one.rank)
  const left: string[] = []
  for (const { index } of spare) {
    if (excess() <= 0) break
    left.push(columns[index]!.name)
    widths[index] = undefined
  }
  // What went may have made more room than was needed.
  for (const [index, column] of columns.entries()) {
    if (!isFlexible(column) || widths[index] === undefined) continue
    widths[index] = Math.min(natural[index]!, widths[index] + Math.max(0, -excess()))
  }
  shrink(SMALLEST_FLEXIBLE, isFlexible)
  shrink(SMALLEST, isFlexible)
  shrink(SMALLEST, () => true)
  return { widths, left }
}
