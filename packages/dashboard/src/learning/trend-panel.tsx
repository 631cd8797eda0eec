import { formatUsd, type TestTrend } from '@assay/core'
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { ChartFigure } from '../chart/chart-figure.tsx'
import { Facts } from '../display/facts.tsx'
import { formatCount, formatDuration } from '../display/number.ts'
import { Empty, Panel, Section } from '../panel/panel.tsx'
import { learningQueries } from './queries.ts'
import { trendChart, trendTable } from './trend-chart.ts'
import { learningWords } from './words.ts'
import classes from './learning.module.css'

/** How long the executions of the newest version took, with what became slower or failed again. */
export const TrendPanel = ({ id }: { id: string }) => {
  const query = useQuery(learningQueries.trend(id))
  const [newest] = query.data?.items ?? []
  if (newest !== undefined) return <Trend trend={newest} />
  return (
    <Panel
      title={learningWords.trend}
      query={query}
      what={learningWords.trend}
      isEmpty={() => true}
      empty={<Empty text={learningWords.noTrend} />}
    >
      {() => null}
    </Panel>
  )
}

const Trend = ({ trend }: { trend: TestTrend }) => {
  const { points, figures, speed } = trend
  const build = useMemo(() => trendChart(points), [points])
  const slow = points.filter(({ isSlowdown }) => isSlowdown).length
  const failed = points.filter(({ isRegression }) => isRegression).length
  return (
    <div className={classes['stack']}>
      <ChartFigure
        title={learningWords.trend}
        note={learningWords.trendNote}
        summary={learningWords.trendSummary(points.length, slow, failed)}
        build={build}
        table={() => trendTable(points)}
        height={170}
      />
      <Section title={learningWords.spread}>
        <Facts
          facts={[
            ...figureNames.map((name) => {
              const figure = figures[name]
              const text = formats[name]
              return (
                figure && {
                  name: learningWords.names[name],
                  value: `${text(figure.p50)}, ${text(figure.p95)}`,
                }
              )
            }),
            speed && {
              name: learningWords.speed,
              value: speed.isSlower ? learningWords.slower(speed.factor.toFixed(1)) : learningWords.asFast,
            },
          ]}
        />
      </Section>
    </div>
  )
}

const figureNames = ['durationMs', 'ttftMs', 'inputTokens', 'outputTokens', 'costNanoUsd'] as const

const formats: Record<(typeof figureNames)[number], (value: number) => string> = {
  durationMs: formatDuration,
  ttftMs: formatDuration,
  inputTokens: (value) => formatCount(Math.round(value)),
  outputTokens: (value) => formatCount(Math.round(value)),
  costNanoUsd: (value) => formatUsd(Math.round(value)),
}
