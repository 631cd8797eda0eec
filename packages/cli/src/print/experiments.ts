import { formatUsd, type Experiment, type ExperimentDetails } from '@assay/core'
import { shortIds } from '../ids.ts'
import type { Output } from '../terminal/output.ts'
import { fields, table } from './table.ts'
import { relativeTime } from './time.ts'
import { plain } from './width.ts'

type Look = { out: Output; now: number }

/** Experiments as a table. */
export const experimentTable = (rows: readonly Experiment[], { out, now }: Look): string => {
  const short = shortIds(rows.map(({ id }) => id))
  return table(
    rows,
    [
      { name: 'id', cell: ({ id }) => short(id), paint: out.colours.dim },
      { name: 'name', cell: ({ name }) => name, flexible: true },
      { name: 'on', cell: ({ scope }) => scope.source },
      { name: 'arms', cell: ({ arms }) => arms.map(({ name }) => name).join(' / '), flexible: true },
      { name: 'state', cell: ({ state }) => state },
      { name: 'verdict', cell: ({ verdict }) => verdict },
      { name: 'samples', cell: ({ samples }) => String(samples), align: 'right' },
      { name: 'began', cell: ({ createdAt }) => relativeTime(createdAt, now), spare: 1 },
    ],
    out,
  )
}

const CHART_WIDTH = 60
const CHART_ROWS = 9

/** One experiment with the course of its evidence between the two bounds. */
export const experimentText = (details: ExperimentDetails, { out, now }: Look): string => {
  const { colours } = out
  const { name, state, verdict, reason, arms, passed, samples, design, costNanoUsd, createdAt, path } = details
  const facts = fields(
    [
      ['name', colours.bold(plain(name))],
      ['state', `${state}, began ${relativeTime(createdAt, now)}`],
      ['verdict', `${verdict === 'undecided' ? '' : `${arms.at(-1)!.name} is `}${verdict}. ${reason}`],
      ...arms.map((arm): [string, string] => {
        const { passed: good, total } = passed[arm.name] ?? { passed: 0, total: 0 }
        const { name: _name, prompt, ...changes } = arm
        const what = {
          ...changes,
          ...(prompt === undefined ? {} : { prompt: `${prompt.slice(0, 60)}${prompt.length > 60 ? '…' : ''}` }),
        }
        return [
          `arm ${arm.name}`,
          plain(`${good} of ${total} passed  ${Object.keys(what).length > 0 ? JSON.stringify(what) : 'as it is'}`),
        ]
      }),
      ['samples', `${samples} of at most ${design.maxSamples}`],
      ['cost', formatUsd(costNanoUsd)],
    ],
    colours,
    out.columns,
  )
  if (path.points.length === 0) return facts
  return [
    facts,
    '',
    colours.dim('evidence: above the upper line a difference is seen, below the lower one it is given up'),
    ...chart(path),
  ].join('\n')
}

/** The largest of the ratios at each sample, on a grid with both bounds drawn. */
const chart = ({ points, accept, reject }: ExperimentDetails['path']): string[] => {
  const highest = Math.max(accept, ...points.flatMap(({ ratios }) => ratios)) + 0.2
  const lowest = Math.min(reject, ...points.flatMap(({ ratios }) => ratios)) - 0.2
  const rowOf = (ratio: number) => Math.round(((highest - ratio) / (highest - lowest)) * (CHART_ROWS - 1))
  const width = Math.min(CHART_WIDTH, points.length)
  const grid = Array.from({ length: CHART_ROWS }, (_, row) =>
    Array.from({ length: width }, (): string => (row === rowOf(accept) || row === rowOf(reject) ? '─' : ' ')),
  )
  for (let column = 0; column < width; column++) {
    const point = points[Math.floor(((column + 1) * points.length) / width) - 1]!
    for (const ratio of point.ratios) grid[rowOf(ratio)]![column] = '•'
  }
  return grid.map((row, index) => {
    const label = index === rowOf(accept) ? accept.toFixed(2) : index === rowOf(reject) ? reject.toFixed(2) : ''
    return `${label.padStart(6)} ${row.join('')}`
  })
}
