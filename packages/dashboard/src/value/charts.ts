import type { ValueSummary } from '@assay/core'
import { formatUsd } from '@assay/core'
import { frame, timeAxis, timeLabel, type ChartOption } from '../chart/option.ts'
import type { ChartTable } from '../chart/chart-figure.tsx'
import type { Palette } from '../chart/palette.ts'
import { formatCount, formatShort } from '../display/number.ts'
import { words } from '../words.ts'

/** Requests of each bucket, parted by how they ended. */
export type TrafficRow = { at: string; answered: number; failed: number }

export const trafficOf = ({ requests, errorRate }: ValueSummary): TrafficRow[] =>
  requests.points.map(([at, count], index) => {
    const failed = Math.round((count ?? 0) * (errorRate.points[index]?.[1] ?? 0))
    return { at, answered: (count ?? 0) - failed, failed }
  })

/** Spend of each bucket, and what the baseline model would have cost. */
export type SpendRow = { at: string; spend: number; baseline: number }

export const spendOf = ({ costNanoUsd, savingNanoUsd }: ValueSummary): SpendRow[] =>
  costNanoUsd.points.map(([at, cost], index) => ({
    at,
    spend: cost ?? 0,
    baseline: (cost ?? 0) + (savingNanoUsd.points[index]?.[1] ?? 0),
  }))

export const trafficChart =
  (rows: readonly TrafficRow[]) =>
  (palette: Palette): ChartOption => {
    const bar = (name: string, color: string, values: number[]) => ({
      name,
      type: 'bar' as const,
      stack: 'requests',
      barMaxWidth: 22,
      barCategoryGap: '28%',
      itemStyle: { color },
      // The last bucket still fills.
      data: values.map((value, index) =>
        index === values.length - 1 ? { value, itemStyle: { opacity: 0.55 } } : value,
      ),
    })
    return {
      ...frame(palette, formatShort),
      xAxis: timeAxis(palette, timesOf(rows)),
      series: [
        bar(
          words.overview.answered,
          palette.accent,
          rows.map(({ answered }) => answered),
        ),
        bar(
          words.overview.failed,
          palette.fail,
          rows.map(({ failed }) => failed),
        ),
      ],
    }
  }

export const spendChart =
  (rows: readonly SpendRow[]) =>
  (palette: Palette): ChartOption => ({
    ...frame(palette, formatUsd),
    xAxis: timeAxis(palette, timesOf(rows)),
    series: [
      {
        name: words.overview.baseline,
        type: 'line',
        showSymbol: false,
        lineStyle: { color: palette.mute, width: 1.5, type: 'dashed' },
        itemStyle: { color: palette.mute },
        data: rows.map(({ baseline }) => baseline),
      },
      {
        name: words.overview.actual,
        type: 'line',
        showSymbol: false,
        lineStyle: { color: palette.gold, width: 2 },
        itemStyle: { color: palette.gold },
        areaStyle: { color: palette.gold, opacity: 0.12 },
        data: rows.map(({ spend }) => spend),
      },
    ],
  })

export const trafficTable = (rows: readonly TrafficRow[]): ChartTable => ({
  columns: [words.chart.time, words.overview.answered, words.overview.failed],
  rows: rows.map(({ at, answered, failed }) => [labelOf(at, rows), formatCount(answered), formatCount(failed)]),
})

export const spendTable = (rows: readonly SpendRow[]): ChartTable => ({
  columns: [words.chart.time, words.overview.actual, words.overview.baseline],
  rows: rows.map(({ at, spend, baseline }) => [labelOf(at, rows), formatUsd(spend), formatUsd(baseline)]),
})

const timesOf = (rows: readonly { at: string }[]): string[] => rows.map(({ at }) => at)
const labelOf = (at: string, rows: readonly { at: string }[]): string => timeLabel(at, timesOf(rows))
