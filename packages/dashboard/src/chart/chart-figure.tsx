import { ActionIcon, Tooltip } from '@mantine/core'
import { lazy, Suspense, useMemo, useState, type ReactNode } from 'react'
import { Icon } from '../display/icon.tsx'
import { Section } from '../panel/panel.tsx'
import { words } from '../words.ts'
import type { ChartOption } from './option.ts'
import { usePalette, type Palette } from './palette.ts'
import classes from './chart.module.css'

const noLegend: readonly LegendEntry[] = []

const EChart = lazy(async () => ({ default: (await import('./echart.tsx')).EChart }))

export type ChartTable = { columns: readonly string[]; rows: readonly (readonly string[])[] }

export type LegendEntry = { name: string; colour: string; isDashed?: boolean }

/**
 * A chart in its frame: a sentence that says what it shows, its colours in words, and the same as a table for
 * whoever reads better so.
 */
export const ChartFigure = ({
  title,
  summary,
  legend = noLegend,
  build,
  table,
  note,
  height = 220,
}: {
  title: string
  summary: string
  legend?: readonly LegendEntry[]
  build: (palette: Palette) => ChartOption
  table: () => ChartTable
  note?: ReactNode
  height?: number
}) => {
  const palette = usePalette()
  const [isTable, setIsTable] = useState(false)
  const option = useMemo(() => build(palette), [build, palette])
  const turn = isTable ? words.chart.asChart : words.chart.asTable
  return (
    <Section
      title={title}
      note={note}
      action={
        <>
          {!isTable && <Legend entries={legend} />}
          <Tooltip label={turn}>
            <ActionIcon
              variant="subtle"
              color="gray"
              onClick={() => setIsTable(!isTable)}
              aria-label={`${turn}: ${title}`}
            >
              <Icon name={isTable ? 'chart' : 'table'} size={16} />
            </ActionIcon>
          </Tooltip>
        </>
      }
    >
      {isTable ? (
        <Table {...table()} label={title} height={height} />
      ) : (
        <figure>
          {/* The sentence below says what is drawn, and the table holds every number of it. */}
          <div aria-hidden="true" className={classes['drawing']}>
            <Suspense fallback={<div style={{ height }} />}>
              <EChart option={option} height={height} />
            </Suspense>
          </div>
          <figcaption className={classes['caption']}>{summary}</figcaption>
        </figure>
      )}
    </Section>
  )
}

const Legend = ({ entries }: { entries: readonly LegendEntry[] }) => (
  <ul className={classes['legend']}>
    {entries.map(({ name, colour, isDashed }) => (
      <li key={name}>
        <span style={{ borderColor: `var(${colour})` }} data-dashed={isDashed} aria-hidden="true" />
        {name}
      </li>
    ))}
  </ul>
)

const Table = ({ columns, rows, label, height }: ChartTable & { label: string; height: number }) => (
  // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, so the keyboard must reach it
  <div className={classes['table']} style={{ maxHeight: height + 28 }} tabIndex={0}>
    <table aria-label={label}>
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column} scope="col">
              {column}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(([head, ...cells]) => (
          <tr key={head}>
            <th scope="row">{head}</th>
            {cells.map((cell, index) => (
              // oxlint-disable-next-line react/no-array-index-key -- the place is the column
              <td key={index}>{cell}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  </div>
)
