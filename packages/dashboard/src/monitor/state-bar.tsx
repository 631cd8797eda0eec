import type { RegressionTest } from '@assay/core'
import { words } from '../words.ts'
import { testList } from './test-words.ts'
import { stateTones } from './test-state.tsx'
import { testStates } from './search.ts'
import classes from './monitor.module.css'

/** How many tests stand in each state, as shares of one bar and in numbers. */
export const StateBar = ({ tests }: { tests: readonly RegressionTest[] }) => {
  const counts = testStates
    .map((state) => ({ state, count: tests.filter((test) => test.state === state).length }))
    .filter(({ count }) => count > 0)
  return (
    <div className={classes['states']}>
      <div className={classes['stateBar']} aria-hidden="true">
        {counts.map(({ state, count }) => (
          <span key={state} data-tone={stateTones[state]} data-state={state} style={{ flexGrow: count }} />
        ))}
      </div>
      <dl aria-label={testList.byState}>
        {counts.map(({ state, count }) => (
          <div key={state} title={words.testStateHints[state]}>
            <dt>
              <span data-tone={stateTones[state]} data-state={state} aria-hidden="true" />
              {words.testStates[state]}
            </dt>
            <dd>{count}</dd>
          </div>
        ))}
      </dl>
    </div>
  )
}
