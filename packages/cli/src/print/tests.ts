import { formatUsd, targetText, type Execution, type RegressionTest } from '@assay/core'
import { shortIds } from '../ids.ts'
import type { Output } from '../terminal/output.ts'
import type { Colours } from '../terminal/terminal.ts'
import { bar, confidenceChart } from './chart.ts'
import { fields, table } from './table.ts'
import { duration, relativeTime } from './time.ts'
import { plain } from './width.ts'

type Look = { out: Output; now: number }

const statePaint: Record<RegressionTest['state'], (colours: Colours) => (text: string) => string> = {
  draft: ({ dim }) => dim,
  red: ({ red }) => red,
  active: ({ green }) => green,
  flaky: ({ yellow }) => yellow,
  broken: ({ red }) => red,
  unconfirmed: ({ dim }) => dim,
  retired: ({ dim }) => dim,
}

const outcomePaint: Record<Execution['outcome'], (colours: Colours) => (text: string) => string> = {
  pass: ({ green }) => green,
  flaky: ({ yellow }) => yellow,
  fail: ({ red }) => red,
  error: ({ red }) => red,
  infrastructure: ({ yellow }) => yellow,
}

const METER_WIDTH = 10

/** Regression tests as a table, with their confidence as a bar. */
export const testTable = (rows: readonly RegressionTest[], { out, now }: Look): string => {
  const { colours } = out
  const short = shortIds(rows.map(({ id }) => id))
  return table(
    rows,
    [
      { name: 'id', cell: ({ id }) => short(id), paint: colours.dim },
      { name: 'name', cell: ({ name }) => name, flexible: true },
      { name: 'state', cell: ({ state }) => state, paint: (text, { state }) => statePaint[state](colours)(text) },
      { name: 'confidence', cell: ({ confidence }) => `${bar(confidence / 100, METER_WIDTH)} ${confidence}` },
      { name: 'runs', cell: ({ runs }) => String(runs), align: 'right' },
      { name: 'passed', cell: ({ passes }) => String(passes), align: 'right' },
      { name: 'failed', cell: ({ fails }) => String(fails), align: 'right' },
      { name: 'last run', cell: ({ lastRunAt }) => relativeTime(lastRunAt, now) },
      { name: 'tags', cell: ({ tags }) => tags.join(' '), flexible: true },
    ],
    out,
  )
}

/** One regression test: what it asks, what must hold, and how it stands. */
export const testText = (test: RegressionTest, { out, now }: Look): string => {
  const { colours } = out
  return fields(
    [
      ['id', test.id],
      ['name', colours.bold(plain(test.name))],
      ['state', `${statePaint[test.state](colours)(test.state)}  ${plain(test.stateReason)}`],
      ['confidence', `${bar(test.confidence / 100, METER_WIDTH)} ${test.confidence}`],
      ['trust', `${Math.round(test.trust)} (${Math.round(test.trustLow)} to ${Math.round(test.trustHigh)}, 90 %)`],
      [
        'health',
        test.healthExecutions === 0
          ? 'not known yet'
          : `${Math.round(test.health)} of ${test.healthExecutions} executions`,
      ],
      ['version', String(test.version)],
      [
        'runs',
        `${test.runs} (${test.passes} passed, ${test.fails} failed, ${test.flakies} flaky), last ${relativeTime(test.lastRunAt, now)}`,
      ],
      ['kind', `${test.kind}, ${test.method}`],
      ['target', plain(targetText(test.target))],
      ['asks', plain(asksText(test))],
      ['expects', plain(JSON.stringify(test.expected))],
      [
        'red',
        test.redAt
          ? `${relativeTime(test.redAt, now)}: ${plain(test.verification.red?.actual ?? '')}`
          : 'not seen yet: it proves nothing until it is',
      ],
      ['green', test.greenAt ? relativeTime(test.greenAt, now) : 'not seen yet'],
      ['group', test.groupId ?? '—'],
      ['tags', plain(test.tags.join(' ') || '—')],
    ],
    colours,
  )
}

const asksText = ({ request, phases }: RegressionTest): string => {
  if (phases.length > 0) return phases.map(({ name }) => name).join(' → ')
  return request === null ? 'nothing: its target brings its own questions' : JSON.stringify(request.messages)
}

/** The executions of one test, the newest first, under the course of its confidence. */
export const historyText = (executions: readonly Execution[], { out, now }: Look): string => {
  const { colours } = out
  const chart = confidenceChart(executions.map(({ confidence }) => confidence).toReversed())
  const rows = table(
    executions,
    [
      { name: 'when', cell: ({ at }) => relativeTime(at, now) },
      {
        name: 'outcome',
        cell: ({ outcome, verification }) => outcome + (verification ? ' (verifying)' : ''),
        paint: (text, { outcome }) => outcomePaint[outcome](colours)(text),
      },
      { name: 'confidence', cell: ({ confidence }) => String(confidence), align: 'right' },
      { name: 'by', cell: ({ trigger, environment }) => `${trigger}, ${environment}` },
      { name: 'took', cell: ({ durationMs }) => duration(durationMs), align: 'right' },
      { name: 'cost', cell: ({ costNanoUsd }) => formatUsd(costNanoUsd), align: 'right' },
      { name: 'said', cell: ({ error, actual }) => error ?? actual, flexible: true },
    ],
    out,
  )
  return [colours.dim('confidence, the oldest first'), ...chart, '', rows].join('\n')
}

/** One test after a run, as one line. */
export const executionText = (test: RegressionTest, execution: Execution | undefined, colours: Colours): string => {
  if (!execution) return `${colours.dim('–')} ${plain(test.name)}  was not executed`
  const { outcome, error, actual, expected } = execution
  const sign = { pass: '✓', flaky: '~', fail: '✗', error: '!', infrastructure: '!' }[outcome]
  const head = `${outcomePaint[outcome](colours)(`${sign} ${outcome}`)}  ${plain(test.name)}  ${colours.dim(
    `${test.state}, confidence ${test.confidence}`,
  )}`
  if (outcome === 'pass') return head
  const reason = error ?? `expected ${expected}\n     got ${actual}`
  return `${head}\n    ${plain(reason, { keepLines: true })}`
}
