import { formatUsd, type TestTrend } from '@assay/core'
import type { Output } from '../terminal/output.ts'
import { table } from './table.ts'
import { duration, relativeTime } from './time.ts'
import { plain } from './width.ts'

const BARS = '▁▂▃▄▅▆▇█'
const MOST_BARS = 60

/** What each version of a test took, with its course and where it became slower or failed. */
export const trendText = (trends: readonly TestTrend[], look: { out: Output; now: number }): string =>
  trends.map((trend) => versionText(trend, look)).join('\n\n')

const versionText = (
  { version, target, executions, figures, speed, points }: TestTrend,
  { out, now }: { out: Output; now: number },
): string => {
  const { colours } = out
  const rows = [
    { name: 'duration', of: figures.durationMs, text: duration },
    { name: 'first token', of: figures.ttftMs, text: duration },
    { name: 'input tokens', of: figures.inputTokens, text: String },
    { name: 'output tokens', of: figures.outputTokens, text: String },
    { name: 'cost', of: figures.costNanoUsd, text: (value: number) => formatUsd(Math.round(value)) },
  ]
  const shown = points.slice(-MOST_BARS)
  const slowest = Math.max(1, ...shown.map(({ durationMs }) => durationMs))
  const barOf = (value: number) => BARS[Math.min(BARS.length - 1, Math.floor((value / slowest) * BARS.length))]!
  const course = shown.map(({ durationMs, outcome, isSlowdown }) => {
    if (isSlowdown) return colours.yellow(barOf(durationMs))
    return outcome === 'fail' ? colours.red(barOf(durationMs)) : barOf(durationMs)
  })
  const marks = points
    .filter(({ isSlowdown, isRegression }) => isSlowdown || isRegression)
    .map(
      ({ at, isSlowdown }) =>
        `${relativeTime(at, now)}: ${isSlowdown ? 'became slower' : 'failed after it had passed'}`,
    )
  return [
    `${colours.bold(`version ${version}`)}  ${plain(target)}  ${colours.dim(`${executions} executions`)}`,
    table(
      rows,
      [
        { name: '', cell: ({ name }) => name },
        { name: 'p50', cell: ({ of, text }) => (of === null ? '—' : text(of.p50)), align: 'right' },
        { name: 'p95', cell: ({ of, text }) => (of === null ? '—' : text(of.p95)), align: 'right' },
      ],
      out,
    ),
    ...(speed === null
      ? []
      : [
          `${speed.isSlower ? colours.yellow('slower') : 'as fast as before'}: median ${duration(speed.after)} of the last 20, ${duration(speed.before)} of the 20 before (p ${speed.p.toFixed(3)})`,
        ]),
    colours.dim('duration, the oldest first'),
    course.join(''),
    ...marks.slice(-10),
  ].join('\n')
}
