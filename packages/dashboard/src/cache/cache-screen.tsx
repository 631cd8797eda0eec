import { Button, NativeSelect } from '@mantine/core'
import { formatUsd, type Api, type ContractReply } from '@assay/core'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useMemo } from 'react'
import { queries } from '../app/queries.ts'
import { Screen } from '../app/screen.tsx'
import { serverUrl } from '../app/server.ts'
import { ChartFigure } from '../chart/chart-figure.tsx'
import { Choice } from '../display/choice.tsx'
import { Command } from '../display/command.tsx'
import { Figures } from '../display/facts.tsx'
import { formatCount, formatDuration, formatShare } from '../display/number.ts'
import { ChoiceFilter, TypedFilter } from '../display/filters.tsx'
import { Empty, PanelBody } from '../panel/panel.tsx'
import { timeRanges } from '../value/range.ts'
import { words } from '../words.ts'
import { cacheWords } from './cache-words.ts'
import { CacheRow } from './cache-row.tsx'
import { hitRateChart, hitRateOf, hitRateTable, savedChart, savedTable } from './charts.ts'
import { FeedbackPanel } from './feedback-panel.tsx'
import { NearDuplicates } from './near-duplicates.tsx'
import { cacheOrders, cacheSearch, entryStates, type CacheSearch } from './search.ts'
import classes from './cache.module.css'

const route = getRouteApi('/w/$workspace/cache')

/** What is kept to be given again, what that saved, and what people say of answers. */
export const CacheScreen = () => {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const set = (part: Partial<CacheSearch>) =>
    void navigate({ to: '/w/$workspace/cache', search: { ...search, ...part }, replace: true })
  const summary = useQuery(queries.cacheSummary(search.range))
  return (
    <Screen
      title={words.screens.cache}
      search={cacheSearch}
      action={
        <Choice
          label={words.overview.range}
          value={search.range}
          onChange={(range) => set({ range })}
          options={timeRanges.map((value) => ({ value, label: words.overview.ranges[value] }))}
        />
      }
    >
      <PanelBody query={summary} what={cacheWords.figures} rows={6}>
        {(data) => <Summary summary={data} />}
      </PanelBody>
      <Filters search={search} set={set} />
      <Entries search={search} />
      <div className={classes['pair']}>
        <FeedbackPanel />
        <NearDuplicates />
      </div>
    </Screen>
  )
}

type CacheSummary = ContractReply<Api['getCacheSummary']>

const Summary = ({ summary }: { summary: CacheSummary }) => {
  const { points, entries, sizeBytes, hits, misses, savedNanoUsd, savedMs } = summary
  return (
    <>
      <Figures
        label={cacheWords.figures}
        figures={[
          {
            name: cacheWords.hitRate,
            value: formatShare(hitRateOf(summary)),
            hint: cacheWords.hitRateHint(formatCount(hits), formatCount(hits + misses)),
          },
          { name: cacheWords.saved, value: formatUsd(savedNanoUsd), hint: cacheWords.savedHint },
          { name: cacheWords.savedTime, value: formatDuration(savedMs), hint: cacheWords.savedTimeHint },
          { name: cacheWords.entries, value: formatCount(entries), hint: cacheWords.size(sizeBytes) },
        ]}
      />
      <div className={classes['pair']}>
        <ChartFigure
          title={cacheWords.hitRateTitle}
          summary={cacheWords.hitRateSummary(formatCount(hits), formatCount(hits + misses))}
          build={useMemo(() => hitRateChart(points), [points])}
          table={() => hitRateTable(points)}
        />
        <ChartFigure
          title={cacheWords.savedTitle}
          summary={cacheWords.savedSummary(formatUsd(savedNanoUsd))}
          build={useMemo(() => savedChart(points), [points])}
          table={() => savedTable(points)}
        />
      </div>
    </>
  )
}

const Filters = ({ search, set }: { search: CacheSearch; set: (part: Partial<CacheSearch>) => void }) => (
  <search className={classes['filters']} aria-label={words.requests.filters}>
    <NativeSelect
      size="xs"
      aria-label={cacheWords.sort}
      value={`${search.sort} ${search.order}`}
      onChange={({ currentTarget }) => {
        const [sort, order] = currentTarget.value.split(' ')
        set({
          sort: cacheOrders.find((known) => known === sort) ?? 'saved',
          order: order === 'asc' ? 'asc' : 'desc',
        })
      }}
      data={cacheOrders.flatMap((sort) =>
        (['desc', 'asc'] as const).map((order) => ({
          value: `${sort} ${order}`,
          label: cacheWords.sorts[sort][order],
        })),
      )}
    />
    <ChoiceFilter
      label={cacheWords.state}
      any={cacheWords.anyState}
      value={search.state}
      options={entryStates.map((value) => ({ value, label: cacheWords.states[value] }))}
      onChange={(state) => set({ state })}
    />
    <TypedFilter label={words.requests.model} value={search.model} onChange={(model) => set({ model })} />
    <TypedFilter
      label={words.requests.search}
      value={search.text}
      onChange={(text) => set({ text })}
      className={classes['text'] ?? ''}
      icon
    />
  </search>
)

const Entries = ({ search }: { search: CacheSearch }) => {
  const query = useInfiniteQuery(queries.cacheEntries(search))
  const isFiltered = search.state !== undefined || search.model !== undefined || search.text !== undefined
  return (
    <section className={classes['list']} aria-label={cacheWords.list}>
      <PanelBody
        query={query}
        what={cacheWords.what}
        rows={10}
        isEmpty={({ pages }) => pages[0]?.items.length === 0}
        empty={
          isFiltered ? (
            <Empty text={cacheWords.none} />
          ) : (
            <Empty text={cacheWords.empty}>
              <Command text={cacheWords.emptyCommand(serverUrl)} />
            </Empty>
          )
        }
      >
        {({ pages }) => (
          <>
            <ul>
              {pages
                .flatMap(({ items }) => items)
                .map((entry) => (
                  <CacheRow key={entry.key} entry={entry} />
                ))}
            </ul>
            <footer className={classes['foot']}>
              <output>
                {cacheWords.shown(
                  pages.reduce((sum, { items }) => sum + items.length, 0),
                  !query.hasNextPage,
                )}
              </output>
              {query.hasNextPage && (
                <Button variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
                  {words.loadMore}
                </Button>
              )}
            </footer>
          </>
        )}
      </PanelBody>
    </section>
  )
}
