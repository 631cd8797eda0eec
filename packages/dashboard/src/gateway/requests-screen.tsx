import { useInfiniteQuery } from '@tanstack/react-query'
import { getRouteApi, useParams } from '@tanstack/react-router'
import { queries } from '../app/queries.ts'
import { Screen } from '../app/screen.tsx'
import { serverUrl } from '../app/server.ts'
import { Command } from '../display/command.tsx'
import { useNow } from '../display/time.tsx'
import { Empty, PanelBody } from '../panel/panel.tsx'
import { chatCommand } from '../value/checklist-commands.ts'
import { words } from '../words.ts'
import { RequestDrawer } from './request-drawer.tsx'
import { RequestFilters } from './request-filters.tsx'
import { RequestsTable } from './requests-table.tsx'
import { requestSearch, sinceOf } from './search.ts'
import classes from './requests.module.css'

const route = getRouteApi('/w/$workspace/requests')

/** The request log: filters above, the newest first, one open in a drawer. */
export const RequestsScreen = () => {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const { id } = useParams({ strict: false })
  const since = sinceOf(search.age, useNow())
  const query = useInfiniteQuery(queries.requests({ ...search, since }))
  const isFiltered = Object.values(search).some((value) => value !== undefined)
  return (
    <Screen title={words.requests.title} search={requestSearch}>
      <RequestFilters search={search} onChange={(next) => void navigate({ search: next, replace: true })} />
      <div className={classes['panel']}>
        <PanelBody
          query={query}
          what={words.requests.what}
          rows={12}
          isEmpty={({ pages }) => pages[0]?.items.length === 0}
          empty={
            isFiltered ? (
              <Empty text={words.requests.none} />
            ) : (
              <Empty text={words.requests.empty}>
                <Command text={chatCommand(serverUrl)} />
              </Empty>
            )
          }
        >
          {({ pages }) => (
            <RequestsTable
              requests={pages.flatMap(({ items }) => items)}
              openId={id}
              hasMore={query.hasNextPage}
              isLoadingMore={query.isFetchingNextPage}
              onMore={() => void query.fetchNextPage()}
            />
          )}
        </PanelBody>
      </div>
      <RequestDrawer
        id={id}
        onClose={() => void navigate({ to: '/w/$workspace/requests', search: (before) => before, resetScroll: false })}
      />
    </Screen>
  )
}
