import type { CaseResult, Verdict } from '@assay/core'
import type { Format } from './format.ts'

/** Every column of the table, and what of a result stands in it. */
const columns: readonly (readonly [name: string, cell: (result: CaseResult) => string | number | null | undefined])[] =
  [
    ['case_key', ({ caseKey }) => caseKey],
    ['title', ({ title }) => title],
    ['model', ({ model }) => model],
    ['repeat', ({ repeat }) => repeat],
    ['kind', ({ kind }) => kind],
    ['tags', ({ tags }) => tags?.join(' ')],
    ['status', ({ status }) => status],
    ['score', ({ score }) => score],
    ['reason', ({ reason, error, verdicts }) => reason ?? error?.message ?? verdicts.find(({ pass }) => !pass)?.reason],
    ['failed_assertions', ({ verdicts }) => verdicts.flatMap(({ pass, type }) => (pass ? [] : [type])).join(' ')],
    ['latency_ms', ({ latencyMs }) => latencyMs],
    ['duration_ms', ({ durationMs }) => durationMs],
    ['input_tokens', ({ usage }) => usage?.inputTokens],
    ['output_tokens', ({ usage }) => usage?.outputTokens],
    ['cost_usd', ({ costNanoUsd }) => (costNanoUsd === null ? null : usdText(costNanoUsd))],
    ['judge_models', ({ verdicts }) => judgesOf(verdicts).join(' ')],
    ['judge_cost_usd', ({ judge }) => judge && usdText(judge.costNanoUsd)],
    ['tool_calls', ({ toolCalls }) => toolCalls?.map(({ name, status }) => `${name} ${status}`).join('; ')],
    ['cached', ({ cached }) => (cached ? 'yes' : '')],
    ['input', ({ input }) => input],
    ['response', ({ response }) => response],
  ]

const judgesOf = (verdicts: readonly Verdict[]): string[] => [
  ...new Set(verdicts.flatMap(({ judge }) => judge?.models ?? [])),
]

/** A table of the results, one a line, that a spreadsheet opens without running anything in it. */
export const csvFormat = (): Format => ({
  // The mark at the start tells spreadsheets that it is UTF-8.
  start: () => `\u{FEFF}${columns.map(([name]) => name).join(',')}\r\n`,
  result: (result) => `${columns.map(([, cell]) => quoted(cell(result))).join(',')}\r\n`,
  end: () => '',
})

/** A text that a spreadsheet would take for a formula gets an apostrophe in front (OWASP, CSV injection). */
const quoted = (value: string | number | null | undefined): string => {
  if (value === null || value === undefined) return ''
  if (typeof value === 'number') return String(value)
  const text = /^[\s\u{FEFF}]*[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20]/u.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(text) || text !== text.trim() ? `"${text.replaceAll('"', '""')}"` : text
}

/** Dollars in plain digits, for a program that reads them: `0.00042`. */
const usdText = (nanoUsd: number): string => (nanoUsd / 1e9).toFixed(9).replace(/\.?0+$/, '')
