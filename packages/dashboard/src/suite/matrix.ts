import type { CaseResult, Run } from '@assay/core'

/** What became of one case on one model, over its repeats. */
export type Cell = { results: CaseResult[]; passed: number; score: number; status: CaseResult['status'] }

export type MatrixRow = {
  caseKey: string
  title: string
  kind: CaseResult['kind']
  tags: string[]
  cells: Map<string, Cell>
}

/** The models of a run that something was run on, and how many there are beside them. */
export const columnsOf = ({
  models,
  modelTotals,
}: Pick<Run, 'models' | 'modelTotals'>): { shown: string[]; hidden: number } => {
  const known = new Map(modelTotals.map((totals) => [totals.model, totals]))
  const names = models.length > 0 ? models : [...known.keys()]
  const shown = names.filter((model) => {
    const totals = known.get(model)
    return totals !== undefined && totals.total > totals.skipped
  })
  return shown.length === 0 ? { shown: names, hidden: 0 } : { shown, hidden: names.length - shown.length }
}

/** Results, which come by case, model and repeat, as one row for each case. */
export const rowsOf = (results: readonly CaseResult[]): MatrixRow[] => {
  const rows = new Map<string, MatrixRow>()
  for (const result of results) {
    const { caseKey, title, model, kind, tags = [] } = result
    const row = rows.get(caseKey) ?? { caseKey, title, kind, tags, cells: new Map<string, Cell>() }
    rows.set(caseKey, row)
    row.cells.set(model, cellOf([...(row.cells.get(model)?.results ?? []), result]))
  }
  return [...rows.values()]
}

/** The worst comes first: a cell says what a person should look at. */
const severity: readonly CaseResult['status'][] = ['error', 'failed', 'unscored', 'skipped', 'passed']

const cellOf = (results: CaseResult[]): Cell => {
  const scored = results.filter(({ status }) => status !== 'skipped' && status !== 'unscored')
  const sum = scored.reduce((total, { score }) => total + score, 0)
  return {
    results,
    passed: results.filter(({ status }) => status === 'passed').length,
    score: scored.length === 0 ? 0 : sum / scored.length,
    status: severity.find((status) => results.some((result) => result.status === status)) ?? 'passed',
  }
}

/** The result of a cell that a person wants to see first: the first that did not pass. */
export const firstToSee = ({ results, status }: Cell): CaseResult =>
  results.find((result) => result.status === status) ?? results[0]!
