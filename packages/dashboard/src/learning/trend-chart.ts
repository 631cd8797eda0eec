import type { TestTrend } from '@assay/core'
import type { ChartTable } from '../chart/chart-figure.tsx'
import { frame, type ChartOption } from '../chart/option.ts'
import type { Palette } from '../chart/palette.ts'
import { formatDuration } from '../display/number.ts'
import { formatUtc } from '../display/time.tsx'
import { words } from '../words.ts'
import { testPage } from '../monitor/test-words.ts'
import { learningWords } from './words.ts'

type Point = TestTrend['points'][number]

/** The duration of each execution, the oldest first; a triangle where it became slower, a diamond where it failed again. */
export const trendChart =
  (points: readonly Point[]) =>
  (palette: Palette): ChartOption => ({
    ...frame(palette, formatDuration),
    xAxis: {
      type: 'category',
      boundaryGap: false,
      data: points.map((_, index) => String(index + 1)),
      axisLine: { lineStyle: { color: palette.line } },
      axisTick: { show: false },
      axisLabel: { color: palette.text3, hideOverlap: true },
    },
    series: [
      {
        name: learningWords.duration,
        type: 'line',
        showAllSymbol: true,
        lineStyle: { color: palette.text2, width: 1.5 },
        data: points.map(({ durationMs, isSlowdown, isRegression }) => ({
          value: durationMs,
          symbol: isSlowdown ? 'triangle' : isRegression ? 'diamond' : 'none',
          symbolSize: 11,
          itemStyle: { color: isSlowdown ? palette.warn : palette.fail },
        })),
      },
    ],
  })

export const trendTable = (points: readonly Point[]): ChartTable => ({
  columns: [words.chart.time, testPage.outcome, learningWords.duration, ''],
  rows: points.map(({ at, outcome, durationMs, isSlowdown, isRegression }) => [
    formatUtc(at),
    words.outcomes[outcome],
    formatDuration(durationMs),
    learningWords.marks[isSlowdown ? 'slowdown' : isRegression ? 'regression' : 'none'],
  ]),
})
