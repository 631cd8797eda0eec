import type { Timestamp } from '../clock.ts'
import { quarantineOf, type Scored } from './quarantine.ts'
import type { Execution, RegressionTest } from './regression-test.ts'

/** How one execution of a test ended. */
export type Outcome = Execution['outcome']

export const INITIAL_CONFIDENCE = 75
const STEPS: Record<Outcome, number> = { pass: 5, fail: -10, flaky: -10, error: 0, infrastructure: 0 }
const FAILS_TO_BREAK = 3

/**
 * The test as it stands after one more execution. Until red and green are shown an execution is verification and moves
 * no score; red is only a failure that `isAsRecorded`, for another one proves nothing of this test. `history` holds the
 * scored executions before this one, the newest first; without it neither quarantine nor `broken` is decided.
 */
export const judge = (
  test: RegressionTest,
  outcome: Outcome,
  { at, history = [], isAsRecorded = false }: { at: Timestamp; history?: readonly Scored[]; isAsRecorded?: boolean },
): RegressionTest => {
  const ran = { ...test, lastRunAt: at, runs: test.runs + 1 }
  if (outcome === 'error' || outcome === 'infrastructure' || test.state === 'retired') return ran
  const verify = verifications[test.state]
  if (verify) return { ...ran, ...verify(test, outcome === 'fail' && isAsRecorded ? 'red' : outcome, at) }
  return {
    ...ran,
    ...guard(test, [{ outcome, at }, ...history]),
    confidence: Math.min(100, Math.max(0, test.confidence + STEPS[outcome])),
    passes: test.passes + (outcome === 'pass' ? 1 : 0),
    fails: test.fails + (outcome === 'fail' ? 1 : 0),
  }
}

type Change = Partial<Pick<RegressionTest, 'state' | 'stateReason' | 'redAt' | 'greenAt'>>
/** `red` is a failure as recorded, `fail` any other. */
type Verify = (test: RegressionTest, seen: 'pass' | 'flaky' | 'fail' | 'red', at: Timestamp) => Change

const seenRed = ({ method, redAt }: RegressionTest, at: Timestamp): Change => ({
  state: 'red',
  stateReason:
    method === 'inject'
      ? 'Fails as recorded; nothing protects this call: the gateway has no other model for it.'
      : 'Fails as recorded; the product is not fixed yet.',
  redAt: redAt ?? at,
  greenAt: null,
})

const seenElse = (seen: 'flaky' | 'fail'): Change => ({
  greenAt: null,
  stateReason:
    seen === 'flaky'
      ? 'Failed and then passed in one execution.'
      : 'Failed, but not as recorded, which proves nothing.',
})

// `greenAt` of a test under verification is its first pass in a row; a second one decides.
const verifications: Partial<Record<RegressionTest['state'], Verify>> = {
  draft: (test, seen, at) => {
    if (seen === 'red') return seenRed(test, at)
    if (seen !== 'pass') return seenElse(seen)
    if (test.greenAt === null) return { greenAt: at, stateReason: 'Passed once without having been seen to fail.' }
    return { state: 'unconfirmed', stateReason: 'Passed twice and was never seen to fail, so that it proves nothing.' }
  },
  unconfirmed: (test, seen, at) => (seen === 'red' ? seenRed(test, at) : {}),
  red: (test, seen, at) => {
    if (seen === 'red') return seenRed(test, at)
    if (seen !== 'pass') return seenElse(seen)
    if (test.greenAt === null)
      return { greenAt: at, stateReason: 'Passed once since it failed; one more pass confirms.' }
    return { state: 'active', stateReason: 'Failed as recorded, then passed twice in a row.', greenAt: at }
  },
}

/** What a verified test is, by its latest executions: an always failing one is broken and never put in quarantine. */
const guard = (test: RegressionTest, history: readonly Scored[]): Change => {
  const latest = history.slice(0, FAILS_TO_BREAK)
  if (latest.length === FAILS_TO_BREAK && latest.every(({ outcome }) => outcome === 'fail')) {
    return { state: 'broken', stateReason: `Failed ${FAILS_TO_BREAK} executions in a row, on every rerun.` }
  }
  if (test.state === 'broken') {
    if (latest[0]?.outcome !== 'pass') return {}
    return { state: 'active', stateReason: 'Passes again.' }
  }
  if (history.length === 1) return {}
  const quarantine = quarantineOf(history)
  if (quarantine)
    return { state: 'flaky', stateReason: `In quarantine since ${quarantine.since}: ${quarantine.reason}.` }
  return test.state === 'flaky' ? { state: 'active', stateReason: 'Left quarantine.' } : {}
}

/** What a confidence means to a person, the lower bound included. */
export const confidenceBands = [
  { from: 80, name: 'highly reliable', meaning: 'production-critical' },
  { from: 60, name: 'reliable', meaning: 'can be relied on' },
  { from: 40, name: 'moderate', meaning: 'learning' },
  { from: 0, name: 'unreliable', meaning: 'review it, it may be flaky' },
] as const
export type ConfidenceBand = (typeof confidenceBands)[number]

/** The band a confidence lies in. */
export const confidenceBand = (confidence: number): ConfidenceBand =>
  confidenceBands.find(({ from }) => confidence >= from) ?? confidenceBands[3]

const GUARDED_FROM = 5
const GUARDED_SHARE = 0.8

/** True when so many of many tests fail at once that the cause is not the product: no score moves then. */
export const isInfrastructure = (run: readonly Outcome[]): boolean => {
  const failed = run.filter((outcome) => outcome === 'fail' || outcome === 'error' || outcome === 'infrastructure')
  return run.length >= GUARDED_FROM && failed.length > GUARDED_SHARE * run.length
}
