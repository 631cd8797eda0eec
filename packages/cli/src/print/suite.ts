import { formatUsd, toolCallText, type CaseResult, type JudgeUse, type RunTotals, type Verdict } from '@assay/core'
import type { RunEvent, RunSummary } from '@assay/runner'
import type { Colours } from '../terminal/terminal.ts'
import { plain } from './width.ts'

const marks: Record<CaseResult['status'], string> = {
  passed: '✓',
  failed: '✗',
  error: '!',
  skipped: '-',
  unscored: '?',
}

const paints: Record<CaseResult['status'], keyof Colours & ('green' | 'red' | 'yellow' | 'dim')> = {
  passed: 'green',
  failed: 'red',
  error: 'red',
  skipped: 'dim',
  unscored: 'yellow',
}

/** One result: a line, and below it why it did not pass. */
export const resultText = (result: CaseResult, colours: Colours, { verbose = false } = {}): string => {
  const { status, title, score, model, durationMs, repeat, error } = result
  const paint = colours[paints[status]]
  const name = plain(repeat > 1 ? `${title} (${repeat})` : title)
  if (status === 'skipped')
    return `${paint(marks.skipped)} ${name}  ${colours.dim(`skipped: ${plain(result.reason ?? '')}`)}`
  const facts = colours.dim(`Model: ${plain(model)}  Duration: ${durationText(durationMs)}`)
  const lines = [`${paint(marks[status])} ${name}  ${paint(status === 'unscored' ? '—' : percent(score))}  ${facts}`]
  if (verbose) {
    lines.push(`    input: ${cut(result.input, 100)}`)
    lines.push(...(result.toolCalls ?? []).map((call) => `    ${colours.dim('tool')} ${cut(toolCallText(call), 200)}`))
    if (result.response !== null) lines.push(`    response: ${cut(result.response, 200)}`)
    for (const verdict of result.verdicts) {
      lines.push(`    ${verdictMark(verdict)} ${plain(verdict.type)}${judgeText(verdict)}`)
      if (verdict.judge && verdict.pass) lines.push(`      ${cut(verdict.reason, 300)}`)
      for (const { pass, score, reason, unscored } of verdict.judge?.votes ?? [])
        lines.push(colours.dim(`      ${verdictMark({ pass, unscored })} ${percent(score)} ${cut(reason, 200)}`))
    }
  }
  const isEnded = status === 'error' || result.reason?.startsWith('limit.')
  if (isEnded && error && !result.verdicts.some((verdict) => verdict.error)) {
    lines.push(`    ${colours.red(error.code)}: ${plain(error.message)}`)
  }
  if (status !== 'passed') {
    for (const verdict of result.verdicts) if (!verdict.pass) lines.push(...verdictLines(verdict, colours))
  }
  return lines.join('\n')
}

const verdictMark = ({ pass, unscored }: { pass: boolean; unscored?: boolean | string | undefined }): string =>
  unscored ? marks.unscored : pass ? '✓' : '✗'

/** Who judged, and what it took. */
const judgeText = ({ judge }: Verdict): string => {
  if (!judge) return ''
  const { models, calls, inputTokens, outputTokens, agreement } = judge
  const agreed = agreement === undefined ? '' : `, ${percent(agreement)} agree`
  const asked = `${calls} ${calls === 1 ? 'question' : 'questions'}`
  return `  (judged by ${plain(models.join(', '))}: ${asked}, ${inputTokens + outputTokens} tokens, ${judgeCost(judge)}${agreed})`
}

const judgeCost = ({ costNanoUsd, unpriced }: JudgeUse): string => {
  if (unpriced === 0) return formatUsd(costNanoUsd)
  return costNanoUsd === 0 ? 'no known price' : `${formatUsd(costNanoUsd)} and ${unpriced} unpriced`
}

const verdictLines = ({ type, reason, expected, actual, unscored }: Verdict, colours: Colours): string[] => [
  `    ${colours[unscored ? 'yellow' : 'red'](plain(type))}: ${cut(reason, 500)}`,
  ...(expected === undefined ? [] : [`      expected: ${cut(expected, 300)}`]),
  ...(actual === undefined ? [] : [`      actual:   ${cut(actual, 300)}`]),
]

/** How far a run is: what is done, how long the rest will take, what it cost. */
export const progressText = (
  { done, total, failed, error, costNanoUsd }: RunEvent & { event: 'progress' },
  elapsedMs: number,
): string => {
  const left = done === 0 ? '' : `, ${durationText((elapsedMs / done) * (total - done))} left`
  const bad = failed + error
  return `${done} of ${total}${left}${bad > 0 ? `, ${bad} not passed` : ''}, ${formatUsd(costNanoUsd)}`
}

/** A case that does not get on. */
export const waitingText = ({
  title,
  model,
  attempt,
  waitedMs,
}: (RunEvent & { event: 'progress' })['waiting'][number]) =>
  `waiting ${Math.round(waitedMs / 1_000)} s: case ${JSON.stringify(plain(title))} on ${plain(model)}, attempt ${attempt}`

/** The end of a run: a line for each model when there are several, then the sums. */
export const summaryText = (summary: RunSummary, colours: Colours): string => {
  const { totals, models, slowest, status, stopped, resumed, savedRepeats, spentNanoUsd } = summary
  const rows: [string, string][] = [
    ['Total Tests', String(totals.total)],
    ['Passed', colours.green(String(totals.passed))],
    ['Failed', totals.failed > 0 ? colours.red(String(totals.failed)) : '0'],
    ...counted('Errors', totals.error),
    ...counted('Skipped', totals.skipped),
    ...counted('Unscored', totals.unscored),
    ...counted('Resumed', resumed),
    ...counted('Repeats saved', savedRepeats),
    ['Overall Score', percent(totals.score, 1)],
    ['Total Duration', durationText(totals.durationMs)],
    ['Total Tokens', (totals.inputTokens + totals.outputTokens).toLocaleString('en-US')],
    ['Total Cost', costText(totals)],
    ...(totals.judge ? [['Judge cost', judgeSum(totals.judge)] as [string, string]] : []),
    ...(spentNanoUsd < totals.costNanoUsd + (totals.judge?.costNanoUsd ?? 0)
      ? [['Spent now', formatUsd(spentNanoUsd)] as [string, string]]
      : []),
    ...Object.entries(totals.metrics ?? {}).map(([name, score]): [string, string] => [
      `Metric ${plain(name)}`,
      percent(score, 1),
    ]),
    ...(slowest
      ? [
          ['Slowest', `${plain(slowest.title)} on ${plain(slowest.model)}, ${durationText(slowest.durationMs)}`] as [
            string,
            string,
          ],
        ]
      : []),
  ]
  const breakdown = models.length > 1 ? [...models.map((model) => modelLine(model, colours)), ''] : []
  const sums = rows.map(([name, value]) => `${`${name}:`.padEnd(16)} ${value}`)
  return [
    '',
    ...breakdown,
    ...sums,
    ...(stopped === null ? [] : [colours.yellow(`The run stopped at ${stopped}; the rest was skipped.`)]),
    ...(status === 'interrupted' ? [colours.yellow('The run was interrupted.')] : []),
  ].join('\n')
}

/** What judges took in all. */
export const judgeSum = (judge: JudgeUse): string =>
  `${judgeCost(judge)} (${judge.calls} questions, ${(judge.inputTokens + judge.outputTokens).toLocaleString('en-US')} tokens)`

const modelLine = ({ model, ...totals }: { model: string } & RunTotals, colours: Colours): string => {
  const tokens = totals.inputTokens + totals.outputTokens
  const count = `${totals.passed}/${totals.total} passed`
  return `${colours.bold(plain(model))}: ${count}, score ${percent(totals.score, 1)}, ${tokens} tokens, ${costText(totals)}`
}

const counted = (name: string, count: number): [string, string][] => (count > 0 ? [[name, String(count)]] : [])

/** A sum with unpriced calls in it is only known to be at least that. */
const costText = ({ costNanoUsd, unpriced }: RunTotals): string => {
  if (unpriced === 0) return formatUsd(costNanoUsd)
  return costNanoUsd === 0 ? `unknown (${unpriced} unpriced)` : `${formatUsd(costNanoUsd)} and ${unpriced} unpriced`
}

const percent = (score: number | null, digits = 0): string =>
  score === null ? '—' : `${(score * 100).toFixed(digits)}%`

/** Milliseconds as a person reads them: `340 ms`, `2.1 s`, `3 min 4 s`. */
export const durationText = (milliseconds: number): string => {
  if (milliseconds < 1_000) return `${Math.round(milliseconds)} ms`
  if (milliseconds < 60_000) return `${(milliseconds / 1_000).toFixed(1)} s`
  return `${Math.floor(milliseconds / 60_000)} min ${Math.round((milliseconds % 60_000) / 1_000)} s`
}

const cut = (text: string, length: number): string => {
  const line = plain(text.replace(/\s*\n\s*/g, ' ⏎ '))
  return line.length > length ? `${line.slice(0, length)}…` : line
}
