import type { Timestamp } from '../clock.ts'
import { isQuarantined, nextQuarantine, type Scored } from './quarantine.ts'
import type { Evidence, Execution, RegressionTest } from './regression-test.ts'
import { healthOf, trustOf } from './trust.ts'

/** How one execution of a test ended. */
export type Outcome = Execution['outcome']

export const INITIAL_CONFIDENCE = 75
const STEPS: Record<Outcome, number> = { pass: 5, fail: -10, flaky: -10, error: 0, infrastructure: 0 }
const FAILS_TO_BREAK = 3

/** What is known of an execution beside how it ended. */
export type Judging = {
  at: Timestamp
  /** The scored executions before this one, the newest first; without them neither quarantine nor `broken` is decided. */
  history?: readonly Scored[] | undefined
  /** It failed as was recorded: another failure proves nothing of this test. */
  isAsRecorded?: boolean
  /** It was asked for to show red and green, so that it moves no score whatever the test's state. */
  isVerification?: boolean
  /** Passes in a row within this execution. */
  passes?: number
  /** What was seen, to be kept as the proof of red or green. */
  evidence?: Evidence
}

/** The test as it stands after one more execution. Until red and green are shown an execution moves no score. */
export const judge = (test: RegressionTest, outcome: Outcome, judging: Judging): RegressionTest => {
  const { at, history = [], isAsRecorded = false, isVerification = false, passes = 1, evidence } = judging
  const ran = { ...test, lastRunAt: at, runs: test.runs + 1 }
  if (outcome === 'error' || outcome === 'infrastructure' || test.state === 'retired') return ran
  const seen = outcome === 'fail' && isAsRecorded ? 'red' : outcome
  const proven = evidence ? { verification: provenBy(test, seen, { evidence, passes }) } : {}
  const verify = verifications[test.state]
  if (verify) return withConfirmation({ ...ran, ...proven, ...verify(test, seen, { at, passes }) })
  if (isVerification) return { ...ran, ...proven }
  const scored = [{ outcome, at, version: test.version }, ...history]
  return {
    ...ran,
    ...guard(test, scored),
    ...figuresOf(test, scored),
    confidence: Math.min(100, Math.max(0, test.confidence + STEPS[outcome])),
    passes: test.passes + (outcome === 'pass' ? 1 : 0),
    fails: test.fails + (outcome === 'fail' ? 1 : 0),
    flakies: test.flakies + (outcome === 'flaky' ? 1 : 0),
  }
}

/** True for a test whose red and green are still to be shown. */
export const isUnverified = ({ state }: Pick<RegressionTest, 'state'>): boolean => verifications[state] !== undefined

const figuresOf = ({ version }: RegressionTest, scored: readonly Scored[]) => {
  const { trust, low, high } = trustOf(scored)
  const { health, executions } = healthOf(scored.filter((execution) => (execution.version ?? version) === version))
  return { trust, trustLow: low, trustHigh: high, health, healthExecutions: executions }
}

const MOST_GREEN = 2

const provenBy = (
  { verification: { red, green } }: RegressionTest,
  seen: 'pass' | 'flaky' | 'fail' | 'red',
  { evidence, passes }: { evidence: Evidence; passes: number },
): RegressionTest['verification'] => {
  if (seen === 'red') return { red: evidence, green: [] }
  if (seen !== 'pass') return { red, green: [] }
  return { red, green: [...green, ...Array.from({ length: passes }, () => evidence)].slice(-MOST_GREEN) }
}

/** What nobody has said to be right guards nothing, however often it is seen. */
const withConfirmation = (test: RegressionTest): RegressionTest =>
  test.needsConfirmation
    ? { ...test, state: 'draft', stateReason: 'Waits for a person to say what the right answer is.' }
    : test

type Change = Partial<Pick<RegressionTest, 'state' | 'stateReason' | 'redAt' | 'greenAt' | 'quarantine'>>
/** `red` is a failure as recorded, `fail` any other. */
type Verify = (
  test: RegressionTest,
  seen: 'pass' | 'flaky' | 'fail' | 'red',
  judged: { at: Timestamp; passes: number },
) => Change

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
  draft: (test, seen, { at, passes }) => {
    if (seen === 'red') return seenRed(test, at)
    if (seen !== 'pass') return seenElse(seen)
    if (test.greenAt === null && passes < 2)
      return { greenAt: at, stateReason: 'Passed once without having been seen to fail.' }
    return { state: 'unconfirmed', stateReason: 'Passed twice and was never seen to fail, so that it proves nothing.' }
  },
  unconfirmed: (test, seen, { at }) => (seen === 'red' ? seenRed(test, at) : {}),
  red: (test, seen, { at, passes }) => {
    if (seen === 'red') return seenRed(test, at)
    if (seen !== 'pass') return seenElse(seen)
    if (test.greenAt === null && passes < 2)
      return { greenAt: at, stateReason: 'Passed once since it failed; one more pass confirms.' }
    return { state: 'active', stateReason: 'Failed as recorded, then passed twice in a row.', greenAt: at }
  },
}

/** What a verified test is, by its latest executions: an always failing one is broken and never put in quarantine. */
const guard = (test: RegressionTest, history: readonly Scored[]): Change => {
  const latest = history.slice(0, FAILS_TO_BREAK)
  if (latest.length === FAILS_TO_BREAK && latest.every(({ outcome }) => outcome === 'fail')) {
    const { quarantine, lastRunAt } = test
    return {
      state: 'broken',
      stateReason: `Failed ${FAILS_TO_BREAK} executions in a row, on every rerun.`,
      ...(isQuarantined(quarantine) ? { quarantine: { ...quarantine, endedAt: latest[0]?.at ?? lastRunAt } } : {}),
    }
  }
  if (test.state === 'broken') {
    if (latest[0]?.outcome !== 'pass') return {}
    return { state: 'active', stateReason: 'Passes again.' }
  }
  const quarantine = nextQuarantine(test.quarantine, history)
  if (isQuarantined(quarantine))
    return { state: 'flaky', stateReason: `In quarantine since ${quarantine.since}: ${quarantine.reason}.`, quarantine }
  return test.state === 'flaky' ? { state: 'active', stateReason: 'Left quarantine.', quarantine } : { quarantine }
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
