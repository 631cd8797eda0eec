import { countCases, type CaseResult, type Suite } from '@assay/core'
import type { RunEnded, RunEvent, RunListener } from '@assay/runner'
import type { Colours, Terminal } from '../terminal/terminal.ts'
import { comparisonText } from './comparison.ts'
import { createMatrix } from './suite-matrix.ts'
import { progressText, resultText, summaryText, waitingText } from './suite.ts'
import { plain } from './width.ts'

/** Where a person watches a run: results as they come, below them one line that says how far it is. */
export type Screen = {
  header(given: { suite: Suite; models: readonly string[] }): void
  show(event: RunEvent): void
  interrupted(): void
  /** Collects cases × models; the table stands before the sums. */
  matrix(models: readonly string[]): RunListener
  finished(ended: RunEnded, options: { shortfalls: readonly string[]; columns: number }): void
}

/** Results skipped for the same reason that are shown one by one; a run that stopped early may have skipped thousands. */
const MOST_SKIPPED = 3

const CLEAR_LINE = '\r\u001b[2K'

/** Writes to stderr; with `--quiet` the sums alone, with `--json` nothing. */
export const createScreen = (
  { stderr, now }: Terminal,
  { quiet, json, verbose, colours }: { quiet: boolean; json: boolean; verbose: boolean; colours: Colours },
): Screen => {
  const startedAt = now()
  const isLive = stderr.isTTY === true && !quiet && !json
  let footer = ''
  let named = new Set<string>()
  const skipped = new Map<string, number>()
  let matrix: ReturnType<typeof createMatrix> | null = null
  const print = (text: string) => {
    if (json) return
    stderr.write(`${footer ? CLEAR_LINE : ''}${text}\n${footer}`)
  }
  const note = (text: string) => {
    if (!quiet) print(text)
  }
  const isOneOfMany = ({ status, reason }: CaseResult): boolean => {
    if (status !== 'skipped' || verbose) return false
    const count = (skipped.get(reason ?? '') ?? 0) + 1
    skipped.set(reason ?? '', count)
    return count > MOST_SKIPPED
  }
  const noteSkipped = () => {
    for (const [reason, count] of skipped) {
      const rest = count - MOST_SKIPPED
      if (rest > 0) note(colours.dim(`- ${rest} more  skipped: ${plain(reason)}`))
    }
  }
  const showProgress = (event: RunEvent & { event: 'progress' }) => {
    // On a line of its own each case is named once a minute at most, else a log fills with it.
    const fresh = event.waiting.filter((one) => isLive || !named.has(keyOf(one)))
    named = new Set(event.waiting.map(keyOf))
    if (!isLive) return fresh.forEach((one) => note(waitingText(one)))
    const parts = [progressText(event, now() - startedAt), ...fresh.slice(0, 1).map(waitingText)]
    footer = colours.dim(parts.join(' · '))
    stderr.write(CLEAR_LINE + footer)
  }
  return {
    header({ suite, models }) {
      const name = colours.bold(plain(suite.name ?? 'suite'))
      note(`${name}${suite.description ? `: ${plain(suite.description)}` : ''}`)
      note(
        colours.dim(
          `${countCases(suite)} ${countCases(suite) === 1 ? 'case' : 'cases'} on ${models.map((model) => plain(model)).join(', ')}`,
        ),
      )
    },
    show(event) {
      if (event.event === 'result' && !isOneOfMany(event)) note(resultText(event, colours, { verbose }))
      if (event.event === 'progress') showProgress(event)
    },
    matrix: (models) => (matrix = createMatrix(models)),
    finished(ended, { shortfalls, columns }) {
      if (footer) stderr.write(CLEAR_LINE)
      footer = ''
      noteSkipped()
      const cases = quiet ? null : matrix?.text({ columns, colours })
      if (cases) print(`\n${cases}`)
      print(summaryText(ended, colours))
      const { comparison } = ended
      if (comparison) print(`\n${comparisonText(comparison, { before: comparison.baseline, columns, colours })}`)
      for (const reason of shortfalls) print(colours.red(`Not a pass: ${reason}.`))
      note(colours.dim(`Run ${ended.runId}`))
    },
    interrupted: () => note('Calls in flight may end, for at most 5 s. Ctrl-C again stops now.'),
  }
}

const keyOf = ({ caseKey, model, waitedMs }: { caseKey: string; model: string; waitedMs: number }): string =>
  `${caseKey} ${model} ${Math.floor(waitedMs / 60_000)}`
