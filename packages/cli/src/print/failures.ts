import type { Failure, FailureGroup, FailureGroupDetail, FailureReceipt } from '@assay/core'
import { shortIds } from '../ids.ts'
import type { Output } from '../terminal/output.ts'
import { bar, sparkline } from './chart.ts'
import { fields, table } from './table.ts'
import { relativeTime } from './time.ts'
import { plain } from './width.ts'

type Look = { out: Output; now: number }

/** Failure groups as a table, with the bars of their last 14 days and the way to their test. */
export const groupTable = (rows: readonly FailureGroup[], { out, now }: Look): string => {
  const { colours } = out
  const short = shortIds(rows.map(({ id }) => id))
  const severityPaint = {
    low: colours.dim,
    medium: (text: string) => text,
    high: colours.yellow,
    critical: colours.red,
  }
  return table(
    rows,
    [
      { name: 'id', cell: ({ id }) => short(id), paint: colours.dim },
      { name: 'title', cell: ({ title }) => title, flexible: true },
      { name: 'category', cell: ({ category }) => category },
      {
        name: 'severity',
        cell: ({ severity }) => severity,
        paint: (text, { severity }) => severityPaint[severity](text),
      },
      { name: 'count', cell: ({ occurrences }) => String(occurrences), align: 'right' },
      { name: '14 days', cell: ({ daily }) => sparkline(daily) },
      { name: 'last seen', cell: ({ lastSeenAt }) => relativeTime(lastSeenAt, now) },
      { name: 'state', cell: ({ state }) => state },
      { name: 'test', cell: testProgress },
    ],
    out,
  )
}

/** One failure group: what, how often, why grouped, and what stands between it and its test. */
export const groupText = (group: FailureGroupDetail, failures: readonly Failure[], { out, now }: Look): string => {
  const { colours } = out
  const head = fields(
    [
      ['id', group.id],
      ['title', colours.bold(plain(group.title))],
      ['category', `${group.category}, ${group.severity}${group.isWidespread ? ' (widespread now)' : ''}`],
      ['family', plain(group.family)],
      ['fingerprint', group.fingerprint],
      ['state', stateText(group)],
      [
        'count',
        `${group.occurrences} from ${group.users} users in ${group.incidents} incidents  ${sparkline(group.daily)}`,
      ],
      ['seen', `${relativeTime(group.firstSeenAt, now)} to ${relativeTime(group.lastSeenAt, now)}`],
      ['test', `${meter(group)} ${testProgress(group)}${group.testId ? ` ${group.testId}` : ''}`],
    ],
    colours,
  )
  const releases = group.releases.map(({ release, occurrences }) => `  ${plain(release)}  ${occurrences}`)
  const parts = group.fingerprints.map(
    ({ fingerprint, occurrences, origin, text }) =>
      `  ${fingerprint}  ${occurrences}  ${origin}${text ? `  ${plain(text).slice(0, 120)}` : ''}`,
  )
  const section = (title: string, lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : ['', colours.dim(title), ...lines]
  const why = group.why.map((reason) => `  ${plain(reason)}`)
  const samples = failures.map(
    ({ at, message, model }) => `  ${relativeTime(at, now)}  ${model ? `${plain(model)}  ` : ''}${plain(message)}`,
  )
  return [
    head,
    ...section('why these belong together', why),
    ...section('releases', releases),
    ...section('fingerprints', group.fingerprints.length > 1 ? parts : []),
    ...section('newest', samples),
  ].join('\n')
}

/** The state, and how long it holds. */
const stateText = ({ state, resolvedIn, mutedUntil, mutedFor }: FailureGroup): string => {
  if (resolvedIn !== null) return `${state}, fixed in ${plain(resolvedIn)}`
  if (mutedUntil !== null) return `${state} until ${mutedUntil.slice(0, 16).replace('T', ' ')} UTC`
  return mutedFor === null ? state : `${state} for ${mutedFor} more`
}

/** What the reporter of a failure learns. */
export const receiptText = ({ group, regressionTest, duplicate }: FailureReceipt): string => {
  const lines = [
    duplicate ? 'Counted before: the same event.' : `Counted into: ${plain(group.title)}`,
    `Group ${group.id}: ${group.countBy === 'incidents' ? group.incidents : group.occurrences} of ${group.threshold}, ${group.category}, ${group.severity}`,
  ]
  if (regressionTest) {
    lines.push(
      `Regression test ${regressionTest.name}: ${regressionTest.state}, confidence ${regressionTest.confidence}`,
    )
  }
  return lines.join('\n')
}

const testProgress = (group: FailureGroup): string =>
  ({
    waiting: `${Math.min(progressOf(group), group.threshold)} of ${group.threshold}`,
    created: 'made',
    alert_only: 'alert only',
    needs_request: 'needs a request',
  })[group.testStatus]

const METER_WIDTH = 6
const meter = (group: FailureGroup): string => bar(progressOf(group) / group.threshold, METER_WIDTH)

/** As `progressOf` of the core, whose schemas a command that only prints does not load. */
const progressOf = ({ countBy, occurrences, incidents }: FailureGroup): number =>
  countBy === 'incidents' ? incidents : occurrences
