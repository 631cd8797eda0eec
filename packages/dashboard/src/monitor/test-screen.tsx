import { Button } from '@mantine/core'
import type { Execution, RegressionTest } from '@assay/core'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { queries } from '../app/queries.ts'
import { Screen } from '../app/screen.tsx'
import { ChartFigure } from '../chart/chart-figure.tsx'
import { Command } from '../display/command.tsx'
import { Facts } from '../display/facts.tsx'
import { Icon } from '../display/icon.tsx'
import { Tag } from '../display/status.tsx'
import { Time } from '../display/time.tsx'
import { Empty, Panel, PanelBody, Section } from '../panel/panel.tsx'
import { TestLearning } from '../learning/test-learning.tsx'
import { words } from '../words.ts'
import { confidenceChart, confidenceSteps, confidenceTable } from './confidence-chart.ts'
import { ConfidenceMeter } from './confidence-meter.tsx'
import { ExecutionItem } from './execution-item.tsx'
import { useRunTests } from './run-tests.ts'
import { TestActions } from './test-actions.tsx'
import { TestDefinition } from './test-definition.tsx'
import { TestEvidence, TestNumbers } from './test-evidence.tsx'
import { EditTest } from './test-form.tsx'
import { testList, testPage, testWords } from './test-words.ts'
import { TestState } from './test-state.tsx'
import classes from './monitor.module.css'

const route = getRouteApi('/w/$workspace/regression-tests/$id')

/** One regression test in full: what it asks, what must hold, and what came of every run. */
export const TestScreen = () => {
  const { id } = route.useParams()
  const query = useQuery(queries.test(id))
  const run = useRunTests()
  return (
    <Screen
      title={query.data?.name ?? testList.title}
      back={
        <Link from="/w/$workspace/regression-tests/$id" to="/w/$workspace/regression-tests" search={(before) => before}>
          <Icon name="back" size={14} />
          {testPage.back}
        </Link>
      }
      action={
        query.data && (
          <Button
            leftSection={<Icon name="play" size={14} />}
            loading={run.isPending}
            onClick={() => run.mutate({ testId: id, environment: 'production' })}
          >
            {testPage.run}
          </Button>
        )
      }
    >
      <PanelBody query={query} what={testList.what} rows={8}>
        {(test) => <Test test={test} />}
      </PanelBody>
    </Screen>
  )
}

const Test = ({ test }: { test: RegressionTest }) => (
  <>
    <p className={classes['lead']}>
      <TestState state={test.state} />
      <ConfidenceMeter value={test.confidence} />
      <span>{words.testKinds[test.kind]}</span>
      <span>{testList.passes(test.passes, test.runs)}</span>
    </p>
    <TestNumbers test={test} />
    <div className={classes['columns']}>
      <History test={test} />
      <div className={classes['aside']}>
        <Section title={testPage.state}>
          <p className={classes['quiet']}>{test.stateReason || words.testStateHints[test.state]}</p>
          <Facts
            facts={[
              { name: testPage.red, value: <Evidence at={test.redAt} /> },
              { name: testPage.green, value: <Evidence at={test.greenAt} /> },
              { name: testList.lastRun, value: <Evidence at={test.lastRunAt} /> },
              { name: testPage.created, value: <Time at={test.createdAt} /> },
            ]}
          />
        </Section>
        <TestActions test={test} />
        <TestEvidence test={test} />
        <Section title={testPage.origin}>
          {test.groupId === null ? <p className={classes['quiet']}>{testPage.byHand}</p> : <Origin id={test.groupId} />}
          {test.tags.length > 0 && (
            <p className={classes['tags']}>
              {test.tags.map((tag) => (
                <Tag key={tag}>{tag}</Tag>
              ))}
            </p>
          )}
        </Section>
        <TestDefinition test={test} />
        <Edit test={test} />
      </div>
    </div>
    <TestLearning id={test.id} />
  </>
)

const Edit = ({ test }: { test: RegressionTest }) => {
  const [isOpen, setOpen] = useState(false)
  return (
    <Section title={testWords.edit}>
      <Button size="xs" variant="default" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        {isOpen ? testWords.close : testWords.edit}
      </Button>
      {isOpen && <EditTest key={test.updatedAt} test={test} onDone={() => setOpen(false)} />}
    </Section>
  )
}

const Origin = ({ id }: { id: string }) => {
  const { data } = useQuery(queries.failureGroup(id))
  return (
    <Link from="/w/$workspace" to="/w/$workspace/failures/$id" params={{ id }}>
      {data?.title ?? testPage.group}
    </Link>
  )
}

const Evidence = ({ at }: { at: string | null }) => (at === null ? testPage.notYet : <Time at={at} />)

const History = ({ test }: { test: RegressionTest }) => {
  const query = useInfiniteQuery(queries.executions(test.id))
  const executions = query.data?.pages.flatMap(({ items }) => items) ?? []
  return (
    <div className={classes['aside']}>
      {executions.length > 0 && <Confidence executions={executions} />}
      <Panel
        title={testPage.executions}
        query={query}
        what={testPage.executions}
        rows={6}
        flush
        isEmpty={({ pages }) => pages[0]?.items.length === 0}
        empty={
          <Empty text={testPage.noExecutions}>
            <Command text={`npx assay tests run ${test.id}`} />
          </Empty>
        }
      >
        {() => (
          <>
            {executions.map((execution) => (
              <ExecutionItem key={execution.id} execution={execution} />
            ))}
            {query.hasNextPage && (
              <footer className={classes['foot']}>
                <Button variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
                  {testPage.runMore}
                </Button>
              </footer>
            )}
          </>
        )}
      </Panel>
    </div>
  )
}

const Confidence = ({ executions }: { executions: Execution[] }) => {
  const steps = useMemo(() => confidenceSteps(executions), [executions])
  return (
    <ChartFigure
      title={testPage.confidence}
      note={testPage.confidenceHint}
      summary={testPage.summary(steps.length, steps.at(-1)!.confidence)}
      build={useMemo(() => confidenceChart(steps), [steps])}
      table={() => confidenceTable(steps)}
      height={190}
    />
  )
}
