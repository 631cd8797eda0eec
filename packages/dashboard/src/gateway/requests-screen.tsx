import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, useParams } from '@tanstack/react-router'
import { useCallback, useMemo, useRef, useState } from 'react'
import { queries } from '../app/queries.ts'
import { Screen } from '../app/screen.tsx'
import { serverUrl } from '../app/server.ts'
import { Command } from '../display/command.tsx'
import { Icon } from '../display/icon.tsx'
import { Empty, PanelBody } from '../panel/panel.tsx'
import { chatCommand } from '../value/checklist-commands.ts'
import { words } from '../words.ts'
import { ExportButtons } from './export-buttons.tsx'
import { RequestDrawer } from './request-drawer.tsx'
import { RequestFilters } from './request-filters.tsx'
import { useRequestLog } from './request-log.ts'
import { RequestsTable } from './requests-table.tsx'
import { filterOf, requestSearch, type RequestSearch } from './search.ts'
import { useIsReading } from './use-is-reading.ts'
import classes from './requests.module.css'

const route = getRouteApi('/w/$workspace/requests')

/** The request log: filters above, the newest first, one open in a drawer. */
export const RequestsScreen = () => {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const { id } = useParams({ strict: false })
  // An age begins where it was when it was chosen, so that the list does not start anew under the reader.
  const [openedAt] = useState(() => Date.now())
  const filter = useMemo(() => filterOf(search, openedAt), [search, openedAt])
  const me = useQuery(queries.me())
  const panel = useRef<HTMLDivElement>(null)
  const log = useRequestLog(filter, { isReading: useIsReading(panel) })
  const { older, requests } = log
  const change = (next: RequestSearch) =>
    void navigate({ to: '/w/$workspace/requests', search: next, replace: true, resetScroll: false })
  const { fetchNextPage } = older
  const onMore = useCallback(() => void fetchNextPage(), [fetchNextPage])
  return (
    <Screen
      title={words.requests.title}
      search={requestSearch}
      action={me.data?.role !== undefined && me.data.role !== 'viewer' && <ExportButtons filter={filter} />}
    >
      <RequestFilters search={search} onChange={change} requests={requests ?? []} />
      <output className={classes['waiting']}>
        {log.waiting > 0 && (
          <Button
            size="xs"
            leftSection={<Icon name="up" size={14} />}
            onClick={() => {
              log.takeNew()
              window.scrollTo({ top: 0 })
            }}
          >
            {words.requests.newOnes(log.waiting, log.hasGap)}
          </Button>
        )}
      </output>
      <div className={classes['panel']} ref={panel}>
        <PanelBody
          query={log.panel}
          what={words.requests.what}
          rows={12}
          isEmpty={(rows) => rows.length === 0}
          empty={<Nothing search={search} onClear={() => change({})} />}
        >
          {(rows) => (
            <RequestsTable
              requests={rows}
              openId={id}
              hasMore={older.hasNextPage && !older.isFetchNextPageError}
              isLoadingMore={older.isFetchingNextPage}
              hasStopped={older.isFetchNextPageError}
              onMore={onMore}
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

/** Why there is no row, and what to do about it. */
const Nothing = ({ search, onClear }: { search: RequestSearch; onClear: () => void }) =>
  Object.values(search).some((value) => value !== undefined) ? (
    <Empty text={words.requests.none}>
      <div>
        <Button variant="default" onClick={onClear}>
          {words.requests.clear}
        </Button>
      </div>
    </Empty>
  ) : (
    <Empty text={words.requests.empty}>
      <Command text={chatCommand(serverUrl)} />
    </Empty>
  )
