import { Button } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { queries } from '../app/queries.ts'
import { Screen } from '../app/screen.tsx'
import { serverUrl } from '../app/server.ts'
import { Command } from '../display/command.tsx'
import { ChoiceFilter, TypedFilter } from '../display/filters.tsx'
import { Empty, PanelBody } from '../panel/panel.tsx'
import { words } from '../words.ts'
import { RunRow } from './run-row.tsx'
import { runsSearch, runStatuses, runTriggers, type RunsSearch } from './search.ts'
import classes from './suite.module.css'

const route = getRouteApi('/w/$workspace/runs/')

/** Everything that was run, by the server or elsewhere, the newest first. */
export const RunsScreen = () => {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const query = useInfiniteQuery(queries.runList(search))
  const set = (part: Partial<RunsSearch>) =>
    void navigate({ to: '/w/$workspace/runs', search: { ...search, ...part }, replace: true })
  const isFiltered = Object.values(search).some((value) => value !== undefined)
  const runs = query.data?.pages.flatMap(({ items }) => items) ?? []
  return (
    <Screen title={words.runs.title} search={runsSearch}>
      {(runs.length > 0 || isFiltered) && (
        <search className={classes['filters']} aria-label={words.requests.filters}>
          <TypedFilter label={words.runs.search} value={search.text} onChange={(text) => set({ text })} icon />
          <ChoiceFilter
            label={words.runs.status}
            any={words.runs.anyStatus}
            value={search.status}
            options={runStatuses.map((value) => ({ value, label: words.runStatuses[value] }))}
            onChange={(status) => set({ status })}
          />
          <ChoiceFilter
            label={words.runs.trigger}
            any={words.runs.anyTrigger}
            value={search.trigger}
            options={runTriggers.map((value) => ({ value, label: words.runTriggers[value] }))}
            onChange={(trigger) => set({ trigger })}
          />
        </search>
      )}
      <div className={classes['list']}>
        <PanelBody
          query={query}
          what={words.runs.what}
          rows={10}
          isEmpty={({ pages }) => pages[0]?.items.length === 0}
          empty={
            isFiltered ? (
              <Empty text={words.runs.none} />
            ) : (
              <Empty text={words.runs.empty}>
                <Command text={words.runs.command(serverUrl)} />
              </Empty>
            )
          }
        >
          {() => (
            <>
              <ul>
                {runs.map((run) => (
                  <RunRow key={run.id} run={run} />
                ))}
              </ul>
              <footer className={classes['foot']}>
                <output>{words.runs.shown(runs.length, !query.hasNextPage)}</output>
                {query.hasNextPage && (
                  <Button
                    variant="default"
                    loading={query.isFetchingNextPage}
                    onClick={() => void query.fetchNextPage()}
                  >
                    {words.loadMore}
                  </Button>
                )}
              </footer>
            </>
          )}
        </PanelBody>
      </div>
    </Screen>
  )
}
