import type { Run } from '@assay/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { queries } from '../app/queries.ts'
import { ChoiceFilter, TypedFilter } from '../display/filters.tsx'
import { Empty, PanelBody, Section } from '../panel/panel.tsx'
import { words } from '../words.ts'
import { CaseMatrix } from './case-matrix.tsx'
import { columnsOf, rowsOf } from './matrix.ts'
import { resultFilters, type RunSearch } from './search.ts'
import classes from './suite.module.css'

/** The cases of a run on its models, narrowed down by how they ended. */
export const RunCases = ({
  run,
  search,
  onChange,
}: {
  run: Run
  search: RunSearch
  onChange: (part: Partial<RunSearch>) => void
}) => {
  const { show, model, case: text } = search
  const query = useInfiniteQuery(queries.runResults(run.id, { status: show, model, text }))
  const pages = query.data?.pages
  const rows = useMemo(() => rowsOf(pages?.flatMap(({ items }) => items) ?? []), [pages])
  const { shown, hidden } = columnsOf(run)
  const columns = model === undefined ? shown : shown.filter((name) => name === model)
  const isFiltered = show !== undefined || model !== undefined || text !== undefined
  return (
    <Section title={words.run.cases} note={hidden > 0 ? words.run.hidden(hidden) : undefined} flush>
      <search className={classes['caseFilters']} aria-label={words.requests.filters}>
        <TypedFilter label={words.run.search} value={text} onChange={(next) => onChange({ case: next })} icon />
        <ChoiceFilter
          label={words.run.show}
          any={words.run.all}
          value={show}
          options={resultFilters.map((value) => ({ value, label: words.resultFilters[value] }))}
          onChange={(show) => onChange({ show })}
        />
        {run.models.length > 1 && (
          <ChoiceFilter
            label={words.run.model}
            any={words.run.anyModel}
            value={model}
            options={run.models.map((value) => ({ value, label: value }))}
            onChange={(model) => onChange({ model })}
          />
        )}
      </search>
      <PanelBody
        query={query}
        what={words.run.cases}
        rows={8}
        isEmpty={() => rows.length === 0}
        empty={<Empty text={isFiltered ? words.run.noneMatch : words.run.noResults[run.status]} />}
      >
        {() => (
          <CaseMatrix
            rows={rows}
            models={columns.length > 0 ? columns : run.models}
            hasMore={query.hasNextPage}
            isLoadingMore={query.isFetchingNextPage}
            onMore={() => void query.fetchNextPage()}
          />
        )}
      </PanelBody>
    </Section>
  )
}
