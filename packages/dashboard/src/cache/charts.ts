import { formatUsd } from '@assay/core'
import type { ChartTable } from '../chart/chart-figure.tsx'
import { frame, timeAxis, timeLabel, type ChartOption } from '../chart/option.ts'
import type { Palette } from '../chart/palette.ts'
import { formatCount, formatShare } from '../display/number.ts'
import { words } from '../words.ts'
import { cacheWords } from './cache-words.ts'

/** What the cache did in one bucket. */
export type CachePoint = { at: string; hits: number; misses: number; savedNanoUsd: number }

/** The share of lookups that found an answer; null where nothing was looked up, which is a gap and not a zero. */
export const hitRateOf = ({ hits, misses }: { hits: number; misses: number }): number | null =>
  hits + misses === 0 ? null : hits / (hits + misses)

export const hitRateChart =
  (points: readonly CachePoint[]) =>
  (palette: Palette): ChartOption => {
    const option = frame(palette, formatShare)
    return {
      ...option,
      yAxis: { ...(Array.isArray(option.yAxis) ? option.yAxis[0] : option.yAxis), max: 1, interval: 0.25 },
      xAxis: timeAxis(palette, timesOf(points)),
      series: [
        {
          name: cacheWords.hitRate,
          type: 'line',
          // A bucket between two gaps would be no line at all.
          showSymbol: true,
          symbolSize: 4,
          lineStyle: { color: palette.accent, width: 2 },
          itemStyle: { color: palette.accent },
          areaStyle: { color: palette.accent, opacity: 0.1 },
          data: points.map(hitRateOf),
        },
      ],
    }
  }

export const savedChart =
  (points: readonly CachePoint[]) =>
  (palette: Palette): ChartOption => ({
    ...frame(palette, formatUsd),
    xAxis: timeAxis(palette, timesOf(points)),
    series: [
      {
        name: cacheWords.saved,
        type: 'bar',
        barMaxWidth: 22,
        barCategoryGap: '28%',
        itemStyle: { color: palette.gold },
        data: points.map(({ savedNanoUsd }) => savedNanoUsd),
      },
    ],
  })

export const hitRateTable = (points: readonly CachePoint[]): ChartTable => ({
  columns: [words.chart.time, cacheWords.hits, cacheWords.misses, cacheWords.hitRate],
  rows: points.map((point) => [
    timeLabel(point.at, timesOf(points)),
    formatCount(point.hits),
    formatCount(point.misses),
    formatShare(hitRateOf(point)),
  ]),
})

export const savedTable = (points: readonly CachePoint[]): ChartTable => ({
  columns: [words.chart.time, cacheWords.saved],
  rows: points.map(({ at, savedNanoUsd }) => [timeLabel(at, timesOf(points)), formatUsd(savedNanoUsd)]),
})

const timesOf = (points: readonly { at: string }[]): string[] => points.map(({ at }) => at)
