import { expect, test } from 'vitest'
import { DAY_MS, HOUR_MS, timestamp } from '../clock.ts'
import { decideGate, type GateRun, type GateSubject } from './gate.ts'
import { GatePolicy } from './gate-api.ts'

const NOW = Date.parse('2026-03-01T12:00:00Z')

const result = (outcome: 'pass' | 'flaky' | 'fail', ageMs = HOUR_MS) => ({
  outcome,
  at: timestamp(NOW - ageMs),
  expected: 'the answer fits its JSON Schema',
  actual: outcome === 'fail' ? 'is-json: /total must be number' : '{"total":12}',
  error: null,
  durationMs: 12,
})

let last = 0
const subject = (changes: Partial<GateSubject> = {}): GateSubject => {
  const id = `00000000-0000-4000-8000-${String(++last).padStart(12, '0')}`
  const made: GateSubject = {
    id,
    name: `regression_${last}`,
    kind: 'regression',
    state: 'active',
    stateReason: 'because',
    tags: [],
    confidence: 75,
    groupId: null,
    severity: 'medium',
    result: result('pass'),
    newest: null,
    outcomes: ['pass'],
    ...changes,
  }
  return { ...made, newest: changes.newest === undefined ? made.result : changes.newest }
}

const decide = (
  subjects: GateSubject[],
  { run = null, ...policy }: Partial<GatePolicy> & { run?: GateRun | null } = {},
) => decideGate({ subjects, policy: GatePolicy.parse(policy), run, now: NOW })

const codes = (gate: ReturnType<typeof decide>) => gate.reasons.map(({ code }) => code)

test('a test that guards and fails closes the gate, with what was expected and what came', () => {
  const gate = decide([subject(), subject({ result: result('fail') })])
  expect(gate.state).toBe('closed')
  expect(gate.reasons).toMatchObject([
    { code: 'failed', expected: 'the answer fits its JSON Schema', actual: 'is-json: /total must be number' },
  ])
  // What blocks comes first.
  expect(gate.tests.map(({ isBlocking }) => isBlocking)).toEqual([true, false])
})

test('a broken test blocks, and is never excused as flaky', () => {
  expect(codes(decide([subject({ state: 'broken', result: result('fail') })]))).toEqual(['failed'])
})

test('what is red, in quarantine or unproven is listed and blocks nothing', () => {
  const states = ['red', 'flaky', 'draft', 'unconfirmed'] as const
  const gate = decide([subject(), ...states.map((state) => subject({ state, result: result('fail') }))])
  expect(gate.state).toBe('open')
  expect(gate.tests.map(({ standing }) => standing)).toEqual([
    'guards',
    'known_red',
    'quarantined',
    'unproven',
    'unproven',
  ])
})

test('strict blocks a test in quarantine and one that passed only when it was repeated', () => {
  const subjects = [subject({ state: 'flaky' }), subject({ result: result('flaky') })]
  expect(decide(subjects).state).toBe('open')
  expect(codes(decide(subjects, { strict: true }))).toEqual(['flaky', 'flaky'])
})

test('a result older than the policy allows is none, and neither is an attempt that could not run', () => {
  const old = subject({ result: result('pass', 25 * HOUR_MS) })
  const tried = { outcome: 'error', at: timestamp(NOW - HOUR_MS), error: 'vault.key_missing: no key' } as const
  const unable = subject({ result: null, newest: tried })
  expect(codes(decide([old, unable]))).toEqual(['no_result', 'no_result'])
  expect(decide([unable]).reasons[0]?.message).toContain('no key')
  expect(decide([old], { maxAgeMs: 2 * DAY_MS }).state).toBe('open')
  // A yesterday's pass still stands while the newest attempt could not run.
  expect(decide([subject({ newest: tried })]).state).toBe('open')
})

test('critical lets only severe, tagged and highly trusted tests block', () => {
  const failing = (changes: Partial<GateSubject>) =>
    decide([subject({ ...changes, result: result('fail') })], { block: 'critical' }).state
  expect(failing({})).toBe('open')
  expect(failing({ severity: 'high' })).toBe('closed')
  expect(failing({ tags: ['critical'] })).toBe('closed')
  expect(failing({ confidence: 80 })).toBe('closed')
  expect(failing({ confidence: 79, severity: null })).toBe('open')
})

test('minimums close the gate', () => {
  const doubtful = subject({ confidence: 55, outcomes: ['flaky', 'flaky', 'pass'] })
  expect(decide([doubtful]).state).toBe('open')
  expect(codes(decide([doubtful], { minConfidence: 60, minTrust: 90 }))).toEqual(['confidence', 'trust'])
})

test('infrastructure is unknown, never open; a failure beside it closes', () => {
  const fault = { outcome: 'infrastructure', at: timestamp(NOW), error: null } as const
  expect(decide([subject({ newest: fault })]).state).toBe('unknown')
  expect(decide([subject({ newest: fault }), subject({ result: result('fail') })]).state).toBe('closed')
  // What blocks nothing leaves nothing unknown.
  expect(decide([subject(), subject({ state: 'red', newest: fault })]).state).toBe('open')
})

test('a run that has not ended well is unknown', () => {
  const completed: GateRun = { status: 'completed', error: null }
  expect(decide([subject()], { run: completed }).state).toBe('open')
  expect(decide([subject()], { run: { status: 'running', error: null } }).state).toBe('unknown')
  expect(decide([subject()], { run: { status: 'failed', error: 'cut short' } }).reasons[0]?.message).toContain(
    'cut short',
  )
  // A run's results count whatever their age, and a test without one is missing.
  expect(decide([subject({ result: result('pass', 9 * DAY_MS) })], { run: completed }).state).toBe('open')
  expect(codes(decide([subject({ result: null })], { run: completed }))).toEqual(['no_result'])
})

test('without a test that guards the gate is open with a warning, or closed when tests are required', () => {
  const nothing = decide([], { tag: 'shop' })
  expect(nothing).toMatchObject({ state: 'open', reasons: [] })
  expect(nothing.warnings[0]).toContain('tagged shop')
  expect(decide([subject({ state: 'draft' })]).warnings).toHaveLength(1)
  expect(codes(decide([], { requireTests: true }))).toEqual(['no_tests'])
})
