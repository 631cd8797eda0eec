import type { EChartsOption } from 'echarts'
import type { Palette } from './palette.ts'

/** What the chart library draws; only its type is known outside of the chunk that holds it. */
export type ChartOption = EChartsOption

/** What all charts of the pages share: quiet lines, one unit, no animation, room for the words and no more. */
export const frame = (palette: Palette, formatValue: (value: number) => string): ChartOption => ({
  animation: false,
  textStyle: { fontFamily: palette.font, color: palette.text3, fontSize: 11 },
  grid: { left: 0, right: 8, top: 12, bottom: 0, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
  tooltip: {
    trigger: 'axis',
    confine: true,
    backgroundColor: palette.surface,
    borderColor: palette.line,
    padding: [8, 12],
    textStyle: { color: palette.text, fontSize: 12 },
    extraCssText: 'box-shadow: var(--shadow-over); border-radius: 8px;',
    axisPointer: { lineStyle: { color: palette.lineStrong, type: 'dashed' }, shadowStyle: { color: palette.hover } },
    valueFormatter: (value) => (typeof value === 'number' ? formatValue(value) : '—'),
  },
  yAxis: {
    type: 'value',
    min: 0,
    splitNumber: 4,
    axisLabel: { color: palette.text3, formatter: (value: number) => formatValue(value) },
    splitLine: { lineStyle: { color: palette.line } },
  },
})

/** The buckets of a series along the foot of a chart, in local time. */
export const timeAxis = (palette: Palette, times: readonly string[]): NonNullable<ChartOption['xAxis']> => ({
  type: 'category',
  data: times.map((at) => timeLabel(at, times)),
  axisLine: { lineStyle: { color: palette.line } },
  axisTick: { show: false },
  axisLabel: { color: palette.text3, hideOverlap: true },
})

const HOURLY_MS = 2 * 3_600_000
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' })

/** Hours where the buckets are hours, days where they are days. */
export const timeLabel = (at: string, times: readonly string[]): string => {
  const step = times.length > 1 ? Date.parse(times[1]!) - Date.parse(times[0]!) : 0
  return (step <= HOURLY_MS ? clock : day).format(Date.parse(at))
}
