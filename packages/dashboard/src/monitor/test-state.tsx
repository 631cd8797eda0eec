import type { RegressionTest } from '@assay/core'
import { Status, type Tone } from '../display/status.tsx'
import { words } from '../words.ts'

/** What a test's state means by colour: green guards, red blocks, amber needs a look. */
export const stateTones: Record<RegressionTest['state'], Tone> = {
  draft: 'mute',
  red: 'warn',
  active: 'pass',
  flaky: 'warn',
  broken: 'fail',
  unconfirmed: 'mute',
  retired: 'mute',
}

/** Where a regression test stands in its life. */
export const TestState = ({ state }: { state: RegressionTest['state'] }) => (
  <Status tone={stateTones[state]} hint={words.testStateHints[state]}>
    {words.testStates[state]}
  </Status>
)
