import { DAY_MS, HOUR_MS, MINUTE_MS, type Timestamp } from '../clock.ts'
import type { Severity } from './failure.ts'
import type { Gate, GatePolicy, GateReason, GateTest } from './gate-api.ts'
import type { Execution, RegressionTest } from './regression-test.ts'
import { trustOf } from './trust.ts'

/** A test as the gate looks at it, with what is known of its latest executions. */
export type GateSubject = Pick<
  RegressionTest,
  'id' | 'name' | 'kind' | 'state' | 'stateReason' | 'tags' | 'confidence' | 'groupId'
> & {
  /** Of the group it guards; null for one that was written by hand. */
  severity: Severity | null
  /** The newest execution that the policy counts and that was decided. */
  result: GateResult | null
  /** The newest execution of all that the policy counts, decided or not. */
  newest: Pick<Execution, 'outcome' | 'at' | 'error'> | null
  /** The outcomes that trust is read from, the newest first. */
  outcomes: readonly Execution['outcome'][]
}

export type GateResult = Pick<Execution, 'outcome' | 'at' | 'expected' | 'actual' | 'error' | 'durationMs'>

/** How the run ended that the gate is asked about; null when it is asked about whatever ran lately. */
export type GateRun = { status: 'queued' | 'running' | 'completed' | 'failed' | 'cancelled'; error: string | null }

/**
 * Whether a release may go on. Closed: something that guards fails, is not known, or lies below a minimum. Unknown: what
 * ran says nothing of the product. What was never seen red, is known to be red or in quarantine is told and blocks nothing.
 */
export const decideGate = (parts: {
  subjects: readonly GateSubject[]
  policy: GatePolicy
  run: GateRun | null
  now: number
}): Pick<Gate, 'state' | 'reasons' | 'warnings' | 'tests'> => {
  const { subjects, policy, run, now } = parts
  const looked = subjects
    .filter(({ state }) => state !== 'retired')
    .map((subject) => lookAt(subject, policy, { now, isRun: run !== null }))
    .toSorted((one, other) => Number(other.test.isBlocking) - Number(one.test.isBlocking) || byName(one, other))
  const reasons = [...runReasons(run), ...looked.flatMap(({ reasons: found }) => found)]
  const required = looked.filter(({ test }) => test.isRequired)
  const warnings: string[] = []
  if (required.length === 0) {
    const message = nothingText(policy, looked.length)
    if (policy.requireTests) reasons.push({ code: 'no_tests', testId: null, test: null, message })
    else warnings.push(message)
  }
  return { state: stateOf(reasons), reasons, warnings, tests: looked.map(({ test }) => test) }
}

/** True for a test whose failure a person must act on: `--block critical` lets only such ones block. */
export const isCritical = ({
  severity,
  tags,
  confidence,
}: Pick<GateSubject, 'severity' | 'tags' | 'confidence'>): boolean =>
  severity === 'high' || severity === 'critical' || tags.includes('critical') || confidence >= CRITICAL_CONFIDENCE

const CRITICAL_CONFIDENCE = 80

/** Codes that say that nothing is known; all others close. */
const unknowns: ReadonlySet<GateReason['code']> = new Set(['infrastructure', 'run_failed', 'run_unfinished'])

const stateOf = (reasons: readonly GateReason[]): Gate['state'] => {
  if (reasons.length === 0) return 'open'
  return reasons.every(({ code }) => unknowns.has(code)) ? 'unknown' : 'closed'
}

const runReasons = (run: GateRun | null): GateReason[] => {
  if (run === null || run.status === 'completed') return []
  const of = { testId: null, test: null }
  if (run.status === 'failed' || run.status === 'cancelled') {
    return [
      { ...of, code: 'run_failed', message: `The run ${endings[run.status]}: ${run.error ?? 'no reason is known'}` },
    ]
  }
  return [{ ...of, code: 'run_unfinished', message: 'The run has not ended yet.' }]
}

const endings = { failed: 'broke off', cancelled: 'was cancelled' }

type Look = { test: GateTest; reasons: GateReason[] }

const lookAt = (subject: GateSubject, policy: GatePolicy, at: { now: number; isRun: boolean }): Look => {
  const standing = standings[subject.state]
  const isRequired =
    (standing === 'guards' || (standing === 'quarantined' && policy.strict)) &&
    (policy.block === 'any' || isCritical(subject))
  const found = isRequired ? problemsOf(subject, policy, at) : []
  const reasons = found.map((problem): GateReason => ({ ...problem, testId: subject.id, test: subject.name }))
  const { result } = subject
  return {
    reasons,
    test: {
      id: subject.id,
      name: subject.name,
      kind: subject.kind,
      state: subject.state,
      standing: standing === 'guards' && !isRequired ? 'tolerated' : standing,
      isRequired,
      isBlocking: reasons.some(({ code }) => !unknowns.has(code)),
      severity: subject.severity,
      confidence: subject.confidence,
      trust: trustIn(subject),
      outcome: subject.newest?.outcome ?? null,
      at: subject.newest?.at ?? null,
      expected: result?.expected ?? null,
      actual: result ? (result.error ?? result.actual) : (subject.newest?.error ?? null),
      durationMs: result?.durationMs ?? null,
      groupId: subject.groupId,
      note: found.map(({ message }) => message).join(' ') || notes[standing](subject),
    },
  }
}

/** What the state of a test means to a gate. */
const standings = {
  active: 'guards',
  broken: 'guards',
  flaky: 'quarantined',
  red: 'known_red',
  draft: 'unproven',
  unconfirmed: 'unproven',
  retired: 'unproven',
} as const satisfies Record<RegressionTest['state'], GateTest['standing']>

const notes: Record<(typeof standings)[keyof typeof standings], (subject: GateSubject) => string> = {
  guards: ({ result }) => (result ? '' : 'It has not run.'),
  quarantined: ({ stateReason }) => stateReason,
  known_red: ({ stateReason }) => stateReason,
  unproven: ({ stateReason }) => stateReason,
}

type Problem = Pick<GateReason, 'code' | 'message' | 'expected' | 'actual'>

const problemsOf = (
  subject: GateSubject,
  policy: GatePolicy,
  { now, isRun }: { now: number; isRun: boolean },
): Problem[] => {
  const { state, stateReason, result, newest, confidence } = subject
  const problems: Problem[] = []
  const isFresh = result !== null && (isRun || Date.parse(result.at) >= now - policy.maxAgeMs)
  if (newest?.outcome === 'infrastructure') {
    problems.push({
      code: 'infrastructure',
      message: 'Nearly every test of its last run failed, which says nothing of the product.',
    })
  } else if (isFresh && (result.outcome === 'fail' || state === 'broken')) {
    const { expected, error, actual } = result
    problems.push({ code: 'failed', message: failedText(subject, result), expected, actual: error ?? actual })
  } else if (!isFresh) {
    problems.push({ code: 'no_result', message: noResultText(subject, policy, { now, isRun }) })
  }
  if (policy.strict && state === 'flaky') {
    problems.push({ code: 'flaky', message: `It is in quarantine. ${stateReason}` })
  } else if (policy.strict && isFresh && result.outcome === 'flaky') {
    problems.push({ code: 'flaky', message: 'It failed and passed only when it was repeated.' })
  }
  if (policy.minConfidence !== undefined && confidence < policy.minConfidence) {
    problems.push({ code: 'confidence', message: `Its confidence ${confidence} is under ${policy.minConfidence}.` })
  }
  const trust = trustIn(subject)
  if (policy.minTrust !== undefined && trust < policy.minTrust) {
    problems.push({ code: 'trust', message: `Its trust ${trust} is under ${policy.minTrust}.` })
  }
  return problems
}

const trustIn = ({ outcomes }: GateSubject): number => {
  const { trust } = trustOf(outcomes.map((outcome) => ({ outcome })))
  return Math.round(trust * 10) / 10
}

const failedText = ({ state }: GateSubject, { expected, error, actual }: GateResult): string =>
  `${state === 'broken' ? 'It is broken: it fails whenever it runs' : 'It failed'}: expected ${expected}, got ${error ?? actual}.`

const noResultText = (
  { newest }: GateSubject,
  { maxAgeMs }: GatePolicy,
  { now, isRun }: { now: number; isRun: boolean },
): string => {
  const why =
    newest?.outcome === 'error' ? ` The newest attempt could not run: ${newest.error ?? 'no reason is known'}` : ''
  if (isRun) return `It has no result in this run.${why}`
  if (newest === null) return `It has never run, and a result of the last ${lengthText(maxAgeMs)} is asked for.`
  const age = `its newest execution is ${lengthText(now - Date.parse(newest.at))} old`
  return `It has no result of the last ${lengthText(maxAgeMs)}; ${age}.${why}`
}

const nothingText = ({ tag, block }: GatePolicy, count: number): string => {
  const which = `${block === 'critical' ? 'critical ' : ''}regression test${tag === undefined ? '' : ` tagged ${tag}`}`
  return count === 0
    ? `There is no ${which}: nothing was checked.`
    : `No ${which} guards yet (${count} listed): nothing was checked.`
}

const byName = (one: Look, other: Look): number => (one.test.name < other.test.name ? -1 : 1)

/** A length of time in its largest whole unit. */
const lengthText = (lengthMs: number): string => {
  for (const [unitMs, word] of units) {
    const count = Math.floor(lengthMs / unitMs)
    if (count >= 1) return `${count} ${word}${count === 1 ? '' : 's'}`
  }
  return 'minute'
}

const units = [
  [DAY_MS, 'day'],
  [HOUR_MS, 'hour'],
  [MINUTE_MS, 'minute'],
] as const

/** What a closed gate leaves behind, for the groups it kept from production: a failing test, its group and the release. */
export type GateClosure = { testId: string; groupId: string | null; release: string | null; at: Timestamp }
