import { CsvError, parse } from 'csv-parse/sync'
import { readExpected } from './expected.ts'
import { FileProblem } from './folder.ts'

/** A case out of a table, with the line it stands in. */
export type TableCase = { raw: Record<string, unknown>; line: number }

const settings = /^__(description|prefix|suffix|threshold|metric|expected\d*|metadata:.*|config:.*|provider)$/

/** Reads a table of cases: a header of variable names, a case for each further line. */
export const readCsvCases = (text: string, delimiter = ','): TableCase[] => {
  const [header, ...rows] = rowsOf(text, delimiter)
  if (!header) throw new FileProblem('it is empty; its first line must name the variables')
  const names = header.record.map((name) => name.trim())
  const double = names.find((name, index) => name !== '' && names.indexOf(name) !== index)
  if (double !== undefined) throw new FileProblem(`two columns are called ${double}`)
  const unknown = names.find((name) => name.startsWith('__') && !settings.test(name))
  if (unknown !== undefined) throw new FileProblem(`the column ${unknown} means nothing here`)
  return rows
    .filter(({ record }) => record.some((cell) => cell.trim() !== ''))
    .map(({ record, line }) => ({ raw: caseOf(names, record), line }))
}

type Row = { record: string[]; line: number }

const rowsOf = (text: string, delimiter: string): Row[] => {
  try {
    const options = { bom: true, delimiter, relax_column_count: true, skip_empty_lines: true, info: true, trim: false }
    const rows = parse(text, options) as unknown as { record: string[]; info: { lines: number } }[]
    return rows.map(({ record, info }) => ({ record, line: info.lines }))
  } catch (error) {
    if (error instanceof CsvError) throw new FileProblem(`it is no table: ${error.message}`)
    throw error
  }
}

const caseOf = (names: string[], cells: string[]): Record<string, unknown> => {
  const vars: Record<string, string> = {}
  const assert: Record<string, unknown>[] = []
  const raw: Record<string, unknown> = {}
  const options: Record<string, string> = {}
  for (const [index, name] of names.entries()) {
    const cell = cells[index] ?? ''
    if (name === '') continue
    if (!name.startsWith('__')) vars[name] = cell
    else if (name.startsWith('__expected')) {
      if (cell.trim() !== '') assert.push(readExpected(cell.trim()))
    } else if (cell.trim() === '') continue
    else if (name === '__description') raw['description'] = cell
    else if (name === '__threshold') raw['threshold'] = Number(cell)
    else if (name === '__prefix' || name === '__suffix') options[name.slice(2)] = cell
    else if (name === '__provider') raw['provider'] = cell
  }
  const metric = cells[names.indexOf('__metric')]?.trim()
  for (const one of assert) if (metric) one['metric'] = metric
  for (const { at, key, value } of configOf(names, cells)) {
    for (const one of at === null ? assert : [assert[at]]) if (one) one[key] = value
  }
  return { ...raw, vars, assert, ...(Object.keys(options).length > 0 && { options }) }
}

/** `__config:__expected2:threshold` sets the threshold of the second expectation. */
function* configOf(names: string[], cells: string[]): Generator<{ at: number | null; key: string; value: unknown }> {
  for (const [index, name] of names.entries()) {
    const [, number, key] = /^__config:__expected(\d*):(.+)$/.exec(name) ?? []
    const cell = cells[index]?.trim()
    if (key === undefined || !cell) continue
    const value = key === 'threshold' || key === 'weight' ? Number(cell) : cell
    yield { at: number === '' ? 0 : Number(number) - 1, key, value }
  }
}
