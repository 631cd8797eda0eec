import type { CaseResult } from '@assay/core'
import type { RunListener } from '@assay/runner'
import type { Colours } from '../terminal/terminal.ts'
import { table } from './table.ts'

const MOST_CASES = 2_000
const MOST_SHOWN = 40
const NARROWEST_CELL = 12

type Cell = { passed: number; total: number; score: number; status: CaseResult['status'] }
type Row = { title: string; cells: Map<string, Cell> }

/** Collects cases × models for a table at the end of a run. */
export const createMatrix = (
  models: readonly string[],
): RunListener & { text(options: MatrixOptions): string | null } => {
  const rows = new Map<string, Row>()
  let isFull = false
  return {
    result: ({ caseKey, title, model, status, score }) => {
      if (models.length < 2 || isFull) return
      const row = rows.get(caseKey) ?? { title, cells: new Map<string, Cell>() }
      const cell = row.cells.get(model) ?? { passed: 0, total: 0, score: 0, status }
      row.cells.set(model, {
        passed: cell.passed + (status === 'passed' ? 1 : 0),
        total: cell.total + 1,
        score: cell.score + score,
        status: cell.status === 'passed' ? status : cell.status,
      })
      rows.set(caseKey, row)
      if (rows.size > MOST_CASES) {
        isFull = true
        rows.clear()
      }
    },
    text: (options) => (rows.size === 0 ? null : matrixText([...rows.values()], models, options)),
  }
}

type MatrixOptions = { columns: number; colours: Colours }

/** Null when the terminal is too narrow to hold a column for each model. */
const matrixText = (rows: readonly Row[], models: readonly string[], options: MatrixOptions): string | null => {
  if (options.columns < 24 + models.reduce((sum, model) => sum + Math.max(NARROWEST_CELL, model.length) + 2, 0))
    return null
  const notable = rows.length > MOST_SHOWN ? rows.filter((row) => !isAllPassed(row)) : rows
  const shown = notable.slice(0, MOST_SHOWN)
  if (shown.length === 0) return null
  const text = table(
    shown,
    [
      { name: 'case', cell: ({ title }) => title, flexible: true },
      ...models.map((model) => ({
        name: model,
        cell: ({ cells }: Row) => cellText(cells.get(model)),
        paint: (written: string, { cells }: Row) => painted(written, cells.get(model), options.colours),
      })),
    ],
    options,
  )
  const left = rows.length - shown.length
  return left > 0 ? `${text}\n${options.colours.dim(`… and ${left} more cases`)}` : text
}

const isAllPassed = ({ cells }: Row): boolean => [...cells.values()].every(({ status }) => status === 'passed')

const cellText = (cell: Cell | undefined): string => {
  if (!cell) return ''
  const { passed, total, score, status } = cell
  if (total > 1) return `${passed}/${total}`
  if (status === 'passed') return '✓'
  return status === 'failed' ? `✗ ${Math.round(score * 100)}%` : status
}

const painted = (text: string, cell: Cell | undefined, colours: Colours): string => {
  if (!cell) return text
  if (cell.status === 'passed') return colours.green(text)
  return cell.status === 'skipped' ? colours.dim(text) : colours.red(text)
}
