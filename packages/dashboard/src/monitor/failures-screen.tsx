import { Button, NativeSelect } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useState } from 'react'
import { queries } from '../app/queries.ts'
import { Screen } from '../app/screen.tsx'
import { serverUrl } from '../app/server.ts'
import { Choice } from '../display/choice.tsx'
import { Command } from '../display/command.tsx'
import { ChoiceFilter, TypedFilter } from '../display/filters.tsx'
import { Empty, PanelBody } from '../panel/panel.tsx'
import { failureCommand } from '../value/checklist-commands.ts'
import { Side } from '../vault/side.tsx'
import { words } from '../words.ts'
import { FailureGroupRow } from './failure-group-row.tsx'
import { GroupRules } from './group-rules.tsx'
import { groupWords, listText } from './group-words.ts'
import { categories, failureSearch, groupOrders, groupStates, severities, type FailureSearch } from './search.ts'
import classes from './monitor.module.css'

const route = getRouteApi('/w/$workspace/failures')

/** What goes wrong in production, by cause. */
export const FailuresScreen = () => {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const query = useInfiniteQuery(queries.failureGroups(search))
  const set = (part: Partial<FailureSearch>) =>
    void navigate({ to: '/w/$workspace/failures', search: { ...search, ...part }, replace: true })
  const { state, category, severity, family, q } = search
  const isFiltered = [state, category, severity, family, q].some((filter) => filter !== undefined)
  const [isRuling, setIsRuling] = useState(false)
  return (
    <Screen
      title={words.failures.title}
      search={failureSearch}
      action={
        <Button variant="default" onClick={() => setIsRuling(true)}>
          {groupWords.rules.open}
        </Button>
      }
    >
      <search className={classes['filters']} aria-label={words.requests.filters}>
        <Choice
          label={listText.state}
          value={search.state ?? 'all'}
          onChange={(value) => set({ state: value === 'all' ? undefined : value })}
          options={(['all', ...groupStates] as const).map((value) => ({ value, label: listText.states[value] }))}
        />
        <TypedFilter
          label={listText.search}
          value={search.q}
          onChange={(q) => set({ q })}
          className={classes['text'] ?? ''}
          icon
        />
        <ChoiceFilter
          label={listText.category}
          any={listText.anyCategory}
          value={search.category}
          options={categories.map((value) => ({ value, label: words.categories[value] }))}
          onChange={(category) => set({ category })}
        />
        <ChoiceFilter
          label={groupWords.severity}
          any={groupWords.anySeverity}
          value={search.severity}
          options={severities.map((value) => ({ value, label: words.severities[value] }))}
          onChange={(severity) => set({ severity })}
        />
        <NativeSelect
          size="xs"
          aria-label={listText.sort}
          value={search.sort}
          onChange={({ currentTarget }) =>
            set({ sort: groupOrders.find((order) => order === currentTarget.value) ?? 'lastSeen' })
          }
          data={groupOrders.map((value) => ({ value, label: listText.sorts[value] }))}
        />
        {family !== undefined && (
          <Button size="xs" variant="default" onClick={() => set({ family: undefined })}>
            {`${groupWords.family(family)} ×`}
          </Button>
        )}
      </search>
      <Side title={groupWords.rules.title} isOpen={isRuling} onClose={() => setIsRuling(false)}>
        {isRuling && <GroupRules />}
      </Side>
      <div className={classes['list']}>
        <PanelBody
          query={query}
          what={words.failures.what}
          rows={10}
          isEmpty={({ pages }) => pages[0]?.items.length === 0}
          empty={
            isFiltered ? (
              <Empty text={listText.none} />
            ) : (
              <Empty text={listText.empty}>
                <Command text={failureCommand(serverUrl)} />
              </Empty>
            )
          }
        >
          {({ pages }) => (
            <>
              <ul>
                {pages
                  .flatMap(({ items }) => items)
                  .map((group) => (
                    <FailureGroupRow key={group.id} group={group} />
                  ))}
              </ul>
              <footer className={classes['foot']}>
                <output>
                  {listText.shown(
                    pages.reduce((sum, { items }) => sum + items.length, 0),
                    !query.hasNextPage,
                  )}
                </output>
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
