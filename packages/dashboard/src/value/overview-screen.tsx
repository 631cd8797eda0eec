import { formatUsd, type ValueSummary } from '@assay/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useMemo } from 'react'
import { queries } from '../app/queries.ts'
import { Screen } from '../app/screen.tsx'
import { ChartFigure } from '../chart/chart-figure.tsx'
import { Choice } from '../display/choice.tsx'
import { formatCount } from '../display/number.ts'
import { Panel, PanelBody } from '../panel/panel.tsx'
import { words } from '../words.ts'
import { Cards } from './cards.tsx'
import { spendChart, spendOf, spendTable, trafficChart, trafficOf, trafficTable } from './charts.ts'
import { Checklist } from './checklist.tsx'
import { OpenGroups } from './open-groups.tsx'
import { overviewSearch, timeRanges, type TimeRange } from './range.ts'
import { TestsState } from './tests-state.tsx'
import classes from './overview.module.css'

const route = getRouteApi('/w/$workspace/overview')

/** What traffic costs, what broke, and what guards it; while nothing came through yet, how to begin. */
export const OverviewScreen = () => {
  const { range } = route.useSearch()
  const navigate = route.useNavigate()
  const anyRequest = useQuery(queries.anyRequest())
  const isUnused = anyRequest.data?.items.length === 0
  return (
    <Screen
      title={words.screens.overview}
      search={overviewSearch}
      action={
        !isUnused && (
          <Choice
            label={words.overview.range}
            value={range}
            onChange={(value) => void navigate({ search: { range: value }, replace: true })}
            options={timeRanges.map((value) => ({ value, label: words.overview.ranges[value] }))}
          />
        )
      }
    >
      {isUnused ? <Checklist /> : <Figures range={range} isKnown={!anyRequest.isPending} />}
      <div className={classes['pair']}>
        <OpenGroups />
        <TestsState />
      </div>
    </Screen>
  )
}

/** Until it is known whether there is anything to show, the figures load; else an unused workspace would flash zeros. */
const Figures = ({ range, isKnown }: { range: TimeRange; isKnown: boolean }) => {
  const summary = useQuery(queries.summary(range))
  if (summary.data === undefined || !isKnown) {
    const loading = isKnown ? summary : { ...summary, data: undefined, error: null }
    return (
      <Panel title={words.overview.figures} query={loading} what={words.overview.figures} rows={6}>
        {() => null}
      </Panel>
    )
  }
  return (
    <PanelBody query={summary} what={words.overview.figures}>
      {(data) => (
        <>
          <Cards summary={data} />
          <div className={classes['pair']}>
            <Traffic summary={data} />
            <Spend summary={data} />
          </div>
        </>
      )}
    </PanelBody>
  )
}

const Traffic = ({ summary }: { summary: ValueSummary }) => {
  const rows = useMemo(() => trafficOf(summary), [summary])
  const failed = rows.reduce((sum, row) => sum + row.failed, 0)
  return (
    <ChartFigure
      title={words.overview.traffic}
      summary={words.trafficSummary(formatCount(summary.requests.value ?? 0), formatCount(failed))}
      legend={[
        { name: words.overview.answered, colour: '--accent-mark' },
        { name: words.overview.failed, colour: '--fail-mark' },
      ]}
      build={useMemo(() => trafficChart(rows), [rows])}
      table={() => trafficTable(rows)}
    />
  )
}

const Spend = ({ summary }: { summary: ValueSummary }) => {
  const rows = useMemo(() => spendOf(summary), [summary])
  const spend = summary.costNanoUsd.value ?? 0
  const baseline = spend + (summary.savingNanoUsd.value ?? 0)
  return (
    <ChartFigure
      title={words.overview.spend}
      summary={`${words.spendSummary(formatUsd(spend), formatUsd(baseline))} ${words.overview.estimated}`}
      legend={[
        { name: words.overview.actual, colour: '--gold' },
        { name: words.overview.baseline, colour: '--mute-mark', isDashed: true },
      ]}
      build={useMemo(() => spendChart(rows), [rows])}
      table={() => spendTable(rows)}
    />
  )
}
