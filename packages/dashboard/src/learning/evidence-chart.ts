import type { ExperimentDetails } from '@assay/core'
import type { ChartTable } from '../chart/chart-figure.tsx'
import { frame, type ChartOption } from '../chart/option.ts'
import type { Palette } from '../chart/palette.ts'
import { learningWords } from './words.ts'

type Path = ExperimentDetails['path']

const ratioText = (value: number): string => value.toFixed(2)

/** The log-likelihood ratios between the two bounds at which an experiment is decided. */
export const evidenceChart =
  ({ points, accept, reject }: Path) =>
  (palette: Palette): ChartOption => {
    const isPaired = (points[0]?.ratios.length ?? 1) > 1
    const names = isPaired ? [learningWords.better, learningWords.worse] : [learningWords.ratio]
    const colours = [palette.accent, palette.fail]
    return {
      ...frame(palette, ratioText),
      xAxis: {
        type: 'category',
        data: points.map(({ sample }) => String(sample)),
        axisLine: { lineStyle: { color: palette.line } },
        axisTick: { show: false },
        axisLabel: { color: palette.text3, hideOverlap: true },
      },
      yAxis: {
        type: 'value',
        min: ({ min }: { min: number }) => Math.floor(Math.min(min, reject)),
        max: ({ max }: { max: number }) => Math.ceil(Math.max(max, accept)),
        axisLabel: { color: palette.text3 },
        splitLine: { lineStyle: { color: palette.line } },
      },
      series: [
        ...[accept, reject].map((bound) => ({
          name: learningWords.bound,
          type: 'line' as const,
          showSymbol: false,
          silent: true,
          lineStyle: { width: 1, color: palette.text2, type: 'dotted' as const },
          itemStyle: { color: palette.text2 },
          data: points.map(() => bound),
        })),
        ...names.map((name, index) => ({
          name,
          type: 'line' as const,
          showSymbol: false,
          lineStyle: { width: 2, color: colours[index]!, type: index === 0 ? ('solid' as const) : ('dashed' as const) },
          itemStyle: { color: colours[index]! },
          data: points.map(({ ratios }) => ratios[index] ?? null),
        })),
      ],
    }
  }

export const evidenceTable = ({ points }: Path): ChartTable => {
  const isPaired = (points[0]?.ratios.length ?? 1) > 1
  return {
    columns: [
      learningWords.sample,
      ...(isPaired ? [learningWords.better, learningWords.worse] : [learningWords.ratio]),
    ],
    rows: points.map(({ sample, ratios }) => [String(sample), ...ratios.map(ratioText)]),
  }
}
