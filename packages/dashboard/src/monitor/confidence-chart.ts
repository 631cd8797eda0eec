import type { Execution } from '@assay/core'
import type { ChartTable } from '../chart/chart-figure.tsx'
import { frame, type ChartOption } from '../chart/option.ts'
import type { Palette } from '../chart/palette.ts'
import { formatUtc } from '../display/time.tsx'
import { words } from '../words.ts'
import { testPage } from './test-words.ts'
import { bandStarts } from './band.ts'

const STARTING = 75

/** The executions that moved the score, oldest first: a step for each, from where every test starts. */
export const confidenceSteps = (newestFirst: readonly Execution[]): Execution[] => newestFirst.toReversed()

/** Confidence after each execution as steps, over the four bands. */
export const confidenceChart =
  (steps: readonly Execution[]) =>
  (palette: Palette): ChartOption => {
    const shared = frame(palette, String)
    const bands = [palette.band0, palette.band1, palette.band2, palette.band3]
    const marks = {
      pass: palette.pass,
      flaky: palette.warn,
      fail: palette.fail,
      error: palette.mute,
      infrastructure: palette.mute,
    }
    const labels = ['', ...steps.map((_, index) => String(index + 1))]
    return {
      ...shared,
      xAxis: {
        type: 'category',
        boundaryGap: false,
        data: labels,
        axisLine: { lineStyle: { color: palette.line } },
        axisTick: { show: false },
        axisLabel: { color: palette.text3, hideOverlap: true },
      },
      yAxis: {
        type: 'value',
        min: 0,
        max: 100,
        axisLabel: { color: palette.text3, customValues: [...bandStarts, 100] },
        splitLine: { show: false },
      },
      series: [
        {
          name: testPage.confidence,
          type: 'line',
          step: 'end',
          symbolSize: 7,
          lineStyle: { color: palette.text2, width: 2 },
          itemStyle: { color: palette.text2 },
          data: [
            { value: STARTING, symbol: 'none' },
            ...steps.map(({ confidence, outcome, verification }) => ({
              value: confidence,
              symbol: 'circle',
              // A ring moves no score; it shows red or green.
              itemStyle: {
                color: verification ? palette.surface : marks[outcome],
                borderColor: marks[outcome],
                borderWidth: 2,
              },
            })),
          ],
          markArea: {
            silent: true,
            data: bandStarts.map((start, index) => [
              { yAxis: start, itemStyle: { color: bands[index]!, opacity: 1 } },
              { yAxis: bandStarts[index + 1] ?? 100 },
            ]),
          },
        },
      ],
    }
  }

export const confidenceTable = (steps: readonly Execution[]): ChartTable => ({
  columns: [words.chart.time, testPage.outcome, testPage.confidence],
  rows: steps.map(({ at, outcome, confidence }) => [formatUtc(at), words.outcomes[outcome], String(confidence)]),
})
