import { formatUsd, type CaseResult, type JudgeUse, type RunTotals } from '@assay/core'
import { comparisonMarkdown } from './comparison-markdown.ts'
import type { Format, RunEnded } from './format.ts'
import { codeText, markdownText } from './markdown-text.ts'

const MOST_SHOWN = 25

/** What a run came to, for a page of a build or a pull request: the sums, and the first of what did not pass. */
export const markdownFormat = (): Format => {
  const shown: CaseResult[] = []
  let left = 0
  let name = 'suite'
  return {
    start: (began) => {
      name = began.name
      return ''
    },
    result: (result) => {
      if (result.status !== 'failed' && result.status !== 'error') return ''
      if (shown.length < MOST_SHOWN) shown.push(result)
      else left++
      return ''
    },
    end: (ended) => reportText(ended, { name, shown, left }),
  }
}

const reportText = (
  ended: RunEnded,
  { name, shown, left }: { name: string; shown: readonly CaseResult[]; left: number },
): string => {
  const { totals, models, isPass, stopped, status, comparison } = ended
  const rows = [...models, ...(models.length > 1 ? [{ ...totals, model: 'all' }] : [])]
  return [
    `## ${isPass ? '✅' : '❌'} ${markdownText(name)}`,
    '',
    ...(status === 'interrupted' ? ['The run was interrupted.', ''] : []),
    ...(stopped === null ? [] : [`The run stopped at \`${stopped}\`; the rest was skipped.`, '']),
    '| model | passed | failed | errors | skipped | score | tokens | cost |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...rows.map(totalsRow),
    '',
    ...(totals.judge ? [judgeLine(totals.judge), ''] : []),
    ...(comparison ? [comparisonMarkdown(comparison, { before: comparison.baseline }), ''] : []),
    ...(shown.length > 0 ? ['<details><summary>What did not pass</summary>', '', ...shown.flatMap(resultLines)] : []),
    ...(left > 0 ? [`… and ${left} more.`, ''] : []),
    ...(shown.length > 0 ? ['</details>', ''] : []),
    `Run \`${ended.runId}\``,
    '',
  ].join('\n')
}

const judgeLine = ({ calls, inputTokens, outputTokens, costNanoUsd, unpriced }: JudgeUse): string => {
  const tokens = (inputTokens + outputTokens).toLocaleString('en-US')
  return `Judge cost ${formatUsd(costNanoUsd)}${unpriced > 0 ? ` and ${unpriced} unpriced` : ''}: ${calls} questions, ${tokens} tokens.`
}

const totalsRow = ({ model, ...totals }: { model: string } & RunTotals): string => {
  const score = totals.score === null ? '—' : `${(totals.score * 100).toFixed(1)} %`
  const tokens = (totals.inputTokens + totals.outputTokens).toLocaleString('en-US')
  const cost =
    totals.unpriced > 0
      ? `${formatUsd(totals.costNanoUsd)} and ${totals.unpriced} unpriced`
      : formatUsd(totals.costNanoUsd)
  const { passed, failed, error, skipped, unscored } = totals
  return `| ${markdownText(model)} | ${passed} | ${failed} | ${error} | ${skipped + unscored} | ${score} | ${tokens} | ${cost} |`
}

const resultLines = ({ title, model, error, verdicts, toolCalls = [] }: CaseResult): string[] => [
  `- **${markdownText(title)}** on ${markdownText(model)}`,
  ...(error ? [`  - ${codeText(error.code)}: ${markdownText(error.message)}`] : []),
  ...(toolCalls.length > 0
    ? [`  - tools: ${toolCalls.map(({ name, status }) => `${codeText(name)} ${status}`).join(', ')}`]
    : []),
  ...verdicts
    .filter(({ pass }) => !pass)
    .flatMap(({ type, reason, expected, actual }) => [
      `  - ${codeText(type)}: ${markdownText(reason)}`,
      ...(expected === undefined ? [] : [`    - expected ${codeText(expected)}`]),
      ...(actual === undefined ? [] : [`    - actual ${codeText(actual)}`]),
    ]),
  '',
]
