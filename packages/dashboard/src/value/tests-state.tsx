import type { RegressionTest } from '@assay/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { queries } from '../app/queries.ts'
import { Time } from '../display/time.tsx'
import { ConfidenceMeter } from '../monitor/confidence-meter.tsx'
import { StateBar } from '../monitor/state-bar.tsx'
import { figuresOf } from '../monitor/test-figures.ts'
import { TestState } from '../monitor/test-state.tsx'
import { Empty, Panel } from '../panel/panel.tsx'
import { words } from '../words.ts'
import { testList } from '../monitor/test-words.ts'
import classes from './overview.module.css'

const SHOWN = 4

/** How well the regression tests guard, and which of them need a look. */
export const TestsState = () => {
  const query = useInfiniteQuery(queries.tests({}))
  return (
    <Panel
      title={words.overview.tests}
      query={query}
      what={testList.what}
      flush
      isEmpty={({ pages }) => pages[0]?.items.length === 0}
      empty={<Empty text={words.overview.noTests} />}
      action={
        <Link from="/w/$workspace" to="/w/$workspace/regression-tests">
          {words.overview.allTests}
        </Link>
      }
    >
      {({ pages }) => <State tests={pages.flatMap(({ items }) => items)} />}
    </Panel>
  )
}

const State = ({ tests }: { tests: RegressionTest[] }) => {
  const { total, active, meanConfidence, attention } = figuresOf(tests)
  return (
    <>
      <div className={classes['tests']}>
        <p className={classes['state']}>
          <strong>{words.overview.guarding(active, total)}</strong>
          <span>
            {words.overview.meanConfidence} {meanConfidence === null ? words.unknown : Math.round(meanConfidence)}
          </span>
        </p>
        <StateBar tests={tests} />
        {attention.length === 0 && (
          <p className={classes['well']}>{active > 0 ? words.overview.allWell : words.overview.noneGuards}</p>
        )}
      </div>
      <ul>
        {attention.slice(0, SHOWN).map((test) => (
          <li key={test.id}>
            <Link
              from="/w/$workspace"
              to="/w/$workspace/regression-tests/$id"
              params={{ id: test.id }}
              className={`${classes['row']} ${classes['withState']}`}
            >
              <span className={classes['what']}>
                <span className={classes['title']}>{test.name}</span>
                <span className={classes['meta']}>
                  {testList.lastRun} <Time at={test.lastRunAt} />
                </span>
              </span>
              <ConfidenceMeter value={test.confidence} />
              <TestState state={test.state} />
            </Link>
          </li>
        ))}
      </ul>
    </>
  )
}
