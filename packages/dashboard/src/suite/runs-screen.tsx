import { Button, NativeSelect } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { queries } from '../app/queries.ts'
import { Screen } from '../app/screen.tsx'
import { serverUrl } from '../app/server.ts'
import { Command } from '../display/command.tsx'
import { TypedFilter } from '../gateway/request-filters.tsx'
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
          <NativeSelect
            size="xs"
            aria-label={words.runs.status}
            value={search.status ?? ''}
            onChange={({ currentTarget }) =>
              set({ status: runStatuses.find((status) => status === currentTarget.value) })
            }
            data={[
              { value: '', label: words.runs.anyStatus },
              ...runStatuses.map((value) => ({ value, label: words.runStatuses[value] })),
            ]}
          />
          <NativeSelect
            size="xs"
            aria-label={words.runs.trigger}
            value={search.trigger ?? ''}
            onChange={({ currentTarget }) =>
              set({ trigger: runTriggers.find((trigger) => trigger === currentTarget.value) })
            }
            data={[
              { value: '', label: words.runs.anyTrigger },
              ...runTriggers.map((value) => ({ value, label: words.runTriggers[value] })),
            ]}
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
