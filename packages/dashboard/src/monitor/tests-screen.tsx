import { Button, NativeSelect } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useState } from 'react'
import { queries } from '../app/queries.ts'
import { Screen } from '../app/screen.tsx'
import { serverUrl } from '../app/server.ts'
import { Command } from '../display/command.tsx'
import { Figures } from '../display/facts.tsx'
import { Icon } from '../display/icon.tsx'
import { formatCount, formatShare } from '../display/number.ts'
import { ChoiceFilter, TypedFilter } from '../display/filters.tsx'
import { Empty, PanelBody, Section } from '../panel/panel.tsx'
import { failureCommand } from '../value/checklist-commands.ts'
import { words } from '../words.ts'
import { useRunTests, type Environment } from './run-tests.ts'
import { testSearch, testStates, type TestSearch } from './search.ts'
import { GoldenList } from './golden-list.tsx'
import { StateBar } from './state-bar.tsx'
import { figuresOf } from './test-figures.ts'
import { CreateTest } from './test-form.tsx'
import { testList, testWords } from './test-words.ts'
import { TestRow } from './test-row.tsx'
import classes from './monitor.module.css'

const route = getRouteApi('/w/$workspace/regression-tests')

/** What guards the product: every test that a failure left behind, and how far each can be trusted. */
export const TestsScreen = () => {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const query = useInfiniteQuery(queries.tests(search))
  const run = useRunTests()
  const [isWriting, setWriting] = useState(false)
  const [environment, setEnvironment] = useState<Environment>('production')
  const set = (part: Partial<TestSearch>) =>
    void navigate({ to: '/w/$workspace/regression-tests', search: { ...search, ...part }, replace: true })
  const isFiltered = search.state !== undefined || search.tag !== undefined
  const tests = query.data?.pages.flatMap(({ items }) => items) ?? []
  return (
    <Screen
      title={testList.title}
      search={testSearch}
      action={
        tests.length > 0 && (
          <>
            <NativeSelect
              size="xs"
              aria-label={testList.environment}
              value={environment}
              onChange={({ currentTarget }) => setEnvironment(currentTarget.value as Environment)}
              data={Object.entries(words.environments).map(([value, label]) => ({ value, label }))}
            />
            <Button
              leftSection={<Icon name="play" size={14} />}
              loading={run.isPending}
              onClick={() => run.mutate({ environment })}
            >
              {testList.runAll}
            </Button>
          </>
        )
      }
    >
      <div>
        <Button size="xs" variant="default" aria-expanded={isWriting} onClick={() => setWriting(!isWriting)}>
          {isWriting ? testWords.close : testWords.create}
        </Button>
      </div>
      {isWriting && (
        <Section title={testWords.create}>
          <CreateTest onDone={() => setWriting(false)} />
        </Section>
      )}
      <GoldenList />
      {tests.length > 0 && !isFiltered && <Summary tests={tests} isWhole={!query.hasNextPage} />}
      {(tests.length > 0 || isFiltered) && (
        <search className={classes['filters']} aria-label={words.requests.filters}>
          <ChoiceFilter
            label={testList.state}
            any={testList.anyState}
            value={search.state}
            options={testStates.map((value) => ({ value, label: words.testStates[value] }))}
            onChange={(state) => set({ state })}
          />
          <TypedFilter label={testList.tag} value={search.tag} onChange={(tag) => set({ tag })} />
        </search>
      )}
      <div className={classes['list']}>
        <PanelBody
          query={query}
          what={testList.what}
          rows={10}
          isEmpty={({ pages }) => pages[0]?.items.length === 0}
          empty={
            isFiltered ? (
              <Empty text={testList.none} />
            ) : (
              <Empty text={testList.empty}>
                <Command text={failureCommand(serverUrl)} />
              </Empty>
            )
          }
        >
          {() => (
            <>
              <ul>
                {tests.map((test) => (
                  <TestRow key={test.id} test={test} environment={environment} />
                ))}
              </ul>
              <footer className={classes['foot']}>
                <output>{testList.shown(tests.length, !query.hasNextPage)}</output>
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

const Summary = ({ tests, isWhole }: { tests: Parameters<typeof figuresOf>[0]; isWhole: boolean }) => {
  const { total, active, meanConfidence, passRate, passes, settled, attention } = figuresOf(tests)
  const urgent = attention.filter(({ state }) => state !== 'red').length
  return (
    <>
      <Figures
        label={testList.figures}
        figures={[
          { name: testList.active, value: formatCount(active), hint: testList.activeHint(total) },
          {
            name: testList.meanConfidence,
            value: meanConfidence === null ? words.unknown : Math.round(meanConfidence),
            hint: testList.meanConfidenceHint,
          },
          {
            name: testList.passRate,
            value: formatShare(passRate),
            hint: testList.passRateHint(passes, settled),
          },
          { name: testList.attention, value: formatCount(urgent), hint: testList.attentionHint },
        ]}
      />
      <StateBar tests={tests} />
      {!isWhole && <p className={classes['quiet']}>{testList.newestOnly(tests.length)}</p>}
    </>
  )
}
