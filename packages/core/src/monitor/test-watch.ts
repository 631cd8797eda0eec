import { DAY_MS } from '../clock.ts'
import { confidenceBands } from './confidence.ts'
import { testAlert, type AlertedTest, type MonitorAlert, type TestEvent } from './monitor-alert.ts'
import type { Execution } from './regression-test.ts'

/** A scored execution as the watch needs it. */
export type WatchedExecution = Pick<Execution, 'outcome' | 'at' | 'confidence' | 'version'>

/** What one execution of a test has to tell, and which earlier news of the test it ends. */
export type TestNews = { raised: MonitorAlert[]; over: TestEvent[] }

/**
 * What people hear of a test after an execution: `before` and `after` are the test as it stood, `history` its scored
 * executions with this one, the newest first. Verification tells nothing but that the test guards from now on.
 */
export const watchTest = (seen: {
  before: AlertedTest
  after: AlertedTest
  execution: WatchedExecution & Pick<Execution, 'environment' | 'verification' | 'runId'>
  history: readonly WatchedExecution[]
}): TestNews => {
  const { before, after, execution, history } = seen
  const news: TestNews = { raised: [], over: [] }
  const raise = (rule: TestEvent, more: Record<string, unknown> = {}): void => {
    const { environment, runId } = execution
    news.raised.push(testAlert(rule, after, { environment, runId, ...more }))
  }
  if (isNew(before) && !isNew(after)) news.over.push('test.created')
  if (execution.verification || !isSettled(execution)) return news
  const { outcome } = execution
  if (outcome === 'fail' && guards.has(before.state)) raise('test.regressed')
  if (outcome === 'pass' && history[1]?.outcome !== 'pass') news.over.push('test.regressed')
  if (after.state === 'flaky' && before.state !== 'flaky') raise('test.quarantined')
  if (before.state === 'flaky' && after.state !== 'flaky') news.over.push('test.quarantined')
  const drop = dropOf({ before: before.confidence, after: after.confidence, history, at: execution.at })
  if (drop !== null) raise('confidence.dropped', drop)
  else if (isBack(before.confidence, after.confidence, history, execution.at)) news.over.push('confidence.dropped')
  const ofVersion = history.filter(({ version }) => version === execution.version)
  const evidence = cusumOf(ofVersion)
  if (outcome === 'fail' && evidence >= ALARM) raise('health.dropped', failsAmong(ofVersion))
  if (outcome !== 'fail' && evidence === 0) news.over.push('health.dropped')
  return news
}

/** Everything that a test may have told of; a test that is put away ends it all. */
export const newsOfTests: readonly TestEvent[] = [
  'test.created',
  'test.regressed',
  'test.quarantined',
  'confidence.dropped',
  'health.dropped',
  'speed.dropped',
]

const guards: ReadonlySet<AlertedTest['state']> = new Set(['active', 'broken'])

const isNew = ({ state }: AlertedTest): boolean => state === 'draft' || state === 'red'

const isSettled = ({ outcome }: WatchedExecution): boolean =>
  outcome === 'pass' || outcome === 'flaky' || outcome === 'fail'

const bounds = confidenceBands.map(({ from }) => from).filter((from) => from > 0)
const STEEP = 20
const WELL = 80

type Confidences = { before: number; after: number; history: readonly WatchedExecution[]; at: string }

/** Which bound was crossed downwards, or how much was lost within a day; null: neither. */
const dropOf = ({ before, after, history, at }: Confidences): Record<string, unknown> | null => {
  if (after >= before) return null
  const bound = bounds.find((from) => before >= from && after < from)
  if (bound !== undefined) return { before, bound }
  const lost = lostWithinADay(after, history, at)
  return lost >= STEEP ? { before, lostWithinADay: lost } : null
}

/** It rose over a bound again, or stands well and has lost little within a day. */
const isBack = (before: number, after: number, history: readonly WatchedExecution[], at: string): boolean =>
  after > before &&
  (bounds.some((from) => before < from && after >= from) ||
    (after >= WELL && lostWithinADay(after, history, at) < STEEP))

const lostWithinADay = (after: number, history: readonly WatchedExecution[], at: string): number => {
  const since = Date.parse(at) - DAY_MS
  return Math.max(
    0,
    ...history.filter((one) => Date.parse(one.at) >= since).map(({ confidence }) => confidence - after),
  )
}

const TOLD_EXECUTIONS = 20

const failsAmong = (history: readonly WatchedExecution[]): Record<string, number> => {
  const latest = history.filter(isSettled).slice(0, TOLD_EXECUTIONS)
  return { fails: latest.filter(({ outcome }) => outcome === 'fail').length, ofExecutions: latest.length }
}

const HEALTHY = 0.95
const SICK = 0.8
const ALARM = 4.6
const STEPS = { pass: Math.log(SICK / HEALTHY), fail: Math.log((1 - SICK) / (1 - HEALTHY)) }

/**
 * A one-sided CUSUM over the pass rate, from the oldest execution to the newest: how much more likely a rate of 80 %
 * makes what was seen since its best moment than one of 95 %. It stops at the alarm, so that what is well again is seen.
 */
export const cusumOf = (history: readonly Pick<WatchedExecution, 'outcome'>[]): number => {
  let evidence = 0
  for (const { outcome } of history.toReversed()) {
    if (outcome === 'error' || outcome === 'infrastructure') continue
    evidence = Math.min(ALARM, Math.max(0, evidence + STEPS[outcome === 'fail' ? 'fail' : 'pass']))
  }
  return evidence
}
