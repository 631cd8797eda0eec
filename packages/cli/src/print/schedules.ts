import { formatUsd, type Schedule } from '@assay/core'
import { shortIds } from '../ids.ts'
import type { Output } from '../terminal/output.ts'
import { table } from './table.ts'
import { relativeTime } from './time.ts'
import { plain } from './width.ts'

type Told = { out: Output; now: number }

/** Schedules, one a line. */
export const scheduleTable = (rows: readonly Schedule[], { out, now }: Told): string => {
  const short = shortIds(rows.map(({ id }) => id))
  return table(
    rows,
    [
      { name: 'id', cell: ({ id }) => short(id), paint: out.colours.dim },
      { name: 'name', cell: ({ name }) => name, flexible: true },
      { name: 'cron', cell: ({ cron }) => cron },
      { name: 'zone', cell: ({ timeZone }) => timeZone },
      { name: 'tests', cell: testsOf },
      { name: 'in', cell: ({ environment }) => environment },
      { name: 'today', cell: spentOf },
      { name: 'next', cell: ({ paused, next }) => (paused ? 'rests' : relativeTime(next[0] ?? null, now)) },
      { name: 'last', cell: ({ lastOutcome }) => lastOutcome ?? '—', flexible: true },
    ],
    out,
  )
}

/** One schedule with its next runs. */
export const scheduleText = (schedule: Schedule, { now }: Told): string => {
  const { name, cron, timeZone, environment, paused, next, lastAt, lastOutcome, lastRunId } = schedule
  return [
    `${plain(name)}: ${cron} (${timeZone})`,
    `  tests   ${plain(testsOf(schedule))}, in ${environment}`,
    `  spent   ${spentOf(schedule)} today (UTC)`,
    ...(lastAt === null
      ? []
      : [
          `  last    ${relativeTime(lastAt, now)}, ${lastOutcome ?? ''}${lastRunId === null ? '' : ` (run ${lastRunId})`}`,
        ]),
    ...(paused ? ['  rests'] : timesText(next, { timeZone, now }).map((line) => `  next    ${line}`)),
  ].join('\n')
}

/** Moments as the clock of their zone shows them. */
export const timesText = (times: readonly string[], { timeZone, now }: { timeZone: string; now: number }): string[] => {
  const clock = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'short',
    year: 'numeric',
    month: 'short',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'short',
  })
  return times.map((time) => `${clock.format(Date.parse(time))}, ${relativeTime(time, now)}`)
}

const testsOf = ({ tag, testIds }: Schedule): string => {
  if (testIds.length > 0) return testIds.length === 1 ? '1 named' : `${testIds.length} named`
  return tag === null ? 'all' : `tag ${tag}`
}

const spentOf = ({ spentTodayNanoUsd, dailyBudgetNanoUsd }: Schedule): string =>
  `${formatUsd(spentTodayNanoUsd)} of ${formatUsd(dailyBudgetNanoUsd)}`
