import {
  DAY_MS,
  type Execution,
  type Experiment,
  type Gate,
  GatePolicy,
  type MetricCounts,
  seededRandom,
  testKinds,
  testStates,
  timestamp,
} from '@assay/core'
import {
  countTestMetrics,
  createRegressionTest,
  findExperiment,
  findSuggestion,
  findTwin,
  insertExperiment,
  insertRun,
  keepSuggestions,
  listExecutions,
  listExperiments,
  listFailureGroups,
  listFailures,
  listGateClosures,
  listObservations,
  listOpenSuggestions,
  listRegressionTests,
  lockRegressionTest,
  readGateSubjects,
  readSeenUntil,
  recordFailure,
  recordGate,
  removeExperiment,
  saveExecution,
  saveObservations,
  setSeenUntil,
  setTestStatus,
  updateExperiment,
  updateSuggestion,
  type WorkspaceScope,
} from '@assay/store'
import { expect, test } from 'vitest'
import { diagnosisOf, executionOf, failureOf, regressionTestOf, runOf } from '../records.ts'
import { newId, type TestStore } from '../test-store.ts'

/** What is learnt from regression tests: gates, figures of success, experiments, suggestions. */
export const describeLearning = (current: () => TestStore): void => {
  const inNew = async () => {
    const { store, createWorkspace } = current()
    const { workspaceId } = await createWorkspace()
    return {
      workspaceId,
      within: <Result>(work: (scope: WorkspaceScope) => Promise<Result>) => store.inWorkspace(workspaceId, work),
    }
  }

  test('a gate sees each test with its newest decided execution, of one place or one run', async () => {
    const { within } = await inNew()
    const { group } = await within((scope) =>
      recordFailure(scope, {
        failure: failureOf(),
        diagnosis: { ...diagnosisOf(newId()), severity: 'high' },
        eventKey: null,
        userHash: null,
        threshold: 3,
      }),
    )
    const guarding = regressionTestOf({ state: 'active', groupId: group.id })
    const retired = regressionTestOf({ name: 'old', state: 'retired' })
    for (const made of [guarding, retired]) await within((scope) => createRegressionTest(scope, made))
    const none = await within((scope) => readGateSubjects(scope, {}))
    expect(none).toMatchObject([
      { id: guarding.id, severity: 'high', tags: ['invoice'], result: null, newest: null, outcomes: [] },
    ])

    const [failed, broken] = [runOf(), runOf()]
    const base = Date.now() - 60_000
    for (const run of [failed, broken]) await within((scope) => insertRun(scope, run))
    await execute(within, guarding.id, { runId: failed.id, outcome: 'fail', at: timestamp(base) })
    await execute(within, guarding.id, {
      runId: broken.id,
      outcome: 'error',
      error: 'no key',
      environment: 'staging',
      at: timestamp(base + 1),
    })
    const [subject] = await within((scope) => readGateSubjects(scope, { tag: 'invoice' }))
    expect(subject).toMatchObject({
      result: { outcome: 'fail', at: timestamp(base), expected: 'it answers', actual: 'it did not', durationMs: 1 },
      newest: { outcome: 'error', at: timestamp(base + 1), error: 'no key' },
      outcomes: ['error', 'fail'],
    })
    expect(await within((scope) => readGateSubjects(scope, { tag: 'another' }))).toEqual([])
    const [inStaging] = await within((scope) => readGateSubjects(scope, { environment: 'staging' }))
    expect(inStaging).toMatchObject({ result: null, newest: { outcome: 'error' } })
    const [ofRun] = await within((scope) => readGateSubjects(scope, { runId: failed.id }))
    expect(ofRun).toMatchObject({ result: { outcome: 'fail' }, newest: { outcome: 'fail' } })
  })

  test('the figures of success are those of the stored rows, counted anew', async () => {
    const { within } = await inNew()
    const now = Date.now()
    const from = timestamp(now - 30 * DAY_MS)
    const random = seededRandom(12)
    const pick = <Value>(values: readonly Value[]): Value => values[Math.floor(random() * values.length)]!
    for (let index = 0; index < 14; index++) {
      const { group } = await within((scope) =>
        recordFailure(scope, {
          failure: failureOf({ count: pick([1, 3, 5]), ...(index % 5 === 0 && { release: `r${index}` }) }),
          diagnosis: { ...diagnosisOf(newId()), severity: pick(['low', 'high', 'critical']) },
          eventKey: null,
          userHash: null,
          threshold: 3,
        }),
      )
      if (index % 4 === 3) {
        const testStatus = pick(['alert_only', 'needs_request'] as const)
        await within((scope) => setTestStatus(scope, { groupId: group.id, testStatus }))
        continue
      }
      if (index % 4 === 2) continue
      const state = pick(['draft', 'red', 'active', 'flaky', 'broken', 'retired'] as const)
      const made = regressionTestOf({
        name: `made_${index}`,
        groupId: group.id,
        state,
        kind: pick(['smoke', 'regression']),
        redAt: state === 'draft' ? null : timestamp(now),
        tags: pick([['critical'], []]),
      })
      const test = await within((scope) => createRegressionTest(scope, made))
      for (let count = 0; count < 6; count++) {
        const run = runOf()
        await within((scope) => insertRun(scope, run))
        await execute(within, test.id, {
          runId: run.id,
          outcome: pick(['pass', 'pass', 'flaky', 'fail', 'error', 'infrastructure']),
          verification: random() < 0.2,
          environment: pick(['production', 'ci']),
          confidence: Math.floor(random() * 101),
          at: timestamp(now - Math.floor(random() * 60 * DAY_MS)),
        })
      }
      if (index % 2 === 0) {
        const release = pick(['r0', 'r99', null])
        const at = timestamp(now + 1_000)
        const gate = closedGate(release, at)
        const closures = [{ testId: test.id, groupId: group.id, release, at }]
        await within((scope) => recordGate(scope, { gate, closures, actor: 'key:ci' }))
      }
    }
    const counted = await within((scope) => countTestMetrics(scope, { from }))
    expect(counted).toEqual(await within((scope) => countedAnew(scope, from)))
    // Nothing of it is empty, or equal for want of rows.
    for (const { part } of [counted.coverage, counted.passRate, counted.selfHealing, counted.prevented]) {
      expect(part).toBeGreaterThan(0)
    }
  })

  test('an experiment keeps its outcomes in their order, the first of a unit and arm, and ends once', async () => {
    const [{ within }, other] = [await inNew(), await inNew()]
    const now = timestamp(Date.now())
    const experiment: Experiment = {
      id: newId(),
      name: 'shorter prompt',
      state: 'running',
      verdict: 'undecided',
      reason: 'Nothing has been seen yet.',
      arms: [{ name: 'now' }, { name: 'short', prompt: 'Be brief.', parameters: { temperature: 0.5 } }],
      design: { kind: 'paired', margin: 0.15, maxSamples: 100 },
      scope: { source: 'traffic', model: 'auto', share: 1, outcome: 'failures' },
      samples: 0,
      costNanoUsd: 0,
      createdAt: now,
      endedAt: null,
    }
    const { id } = experiment
    expect(await within((scope) => insertExperiment(scope, experiment))).toEqual(experiment)
    expect(await within((scope) => insertExperiment(scope, { ...experiment, id: newId() }))).toBeNull()
    expect(await other.within((scope) => findExperiment(scope, id))).toBeNull()

    const seen = (arm: string, unit: string, passed: boolean) => ({
      arm,
      unit,
      passed,
      sourceId: null,
      costNanoUsd: 7,
      at: now,
    })
    await within((scope) => saveObservations(scope, id, [seen('now', 'b', true), seen('short', 'b', false)]))
    await within((scope) => saveObservations(scope, id, [seen('now', 'b', false), seen('now', 'a', true)]))
    expect(await within((scope) => listObservations(scope, id))).toEqual([
      { arm: 'now', unit: 'b', passed: true },
      { arm: 'short', unit: 'b', passed: false },
      { arm: 'now', unit: 'a', passed: true },
    ])
    expect(await within((scope) => readSeenUntil(scope, id))).toBeNull()
    await within((scope) => setSeenUntil(scope, { id, seenUntil: now }))
    expect(await within((scope) => readSeenUntil(scope, id))).toBe(now)

    const ended = { state: 'decided' as const, verdict: 'worse' as const, samples: 3, endedAt: now }
    expect(await within((scope) => updateExperiment(scope, { id, ...ended }))).toEqual({ ...experiment, ...ended })
    expect(await within((scope) => updateExperiment(scope, { id, samples: 4 }))).toBeNull()
    const running = await within((scope) => listExperiments(scope, { state: 'running', source: 'traffic' }))
    expect(running.items).toEqual([])
    expect(await within((scope) => removeExperiment(scope, id))).toMatchObject({ id })
    expect(await within((scope) => listObservations(scope, id))).toEqual([])
  })

  test('a suggestion is kept once, for its version, and a twin is found by what it asks and expects', async () => {
    const [{ within }, other] = [await inNew(), await inNew()]
    const older = regressionTestOf({ name: 'older', createdAt: timestamp(Date.now() - 60_000) })
    const younger = regressionTestOf({ name: 'younger', expected: { ...older.expected, fingerprintAbsent: 'abc' } })
    const different = regressionTestOf({ name: 'different', expected: { maxDurationMs: 5 } })
    for (const made of [older, younger, different]) await within((scope) => createRegressionTest(scope, made))
    expect(await within((scope) => findTwin(scope, younger))).toEqual({ name: 'older' })
    expect(await within((scope) => findTwin(scope, older))).toBeNull()
    expect(await within((scope) => findTwin(scope, different))).toBeNull()
    expect(await other.within((scope) => findTwin(scope, younger))).toBeNull()

    const at = timestamp(Date.now())
    const suggestion = {
      id: newId(),
      testId: older.id,
      testVersion: 1,
      rule: 'no_time_limit' as const,
      origin: 'rule' as const,
      title: 'An answer may take for ever',
      why: 'An answer that comes too late passes.',
      before: { expected: {} },
      after: { expected: { maxDurationMs: 5_000 } },
      proof: null,
      costNanoUsd: 0,
      state: 'open' as const,
      createdAt: at,
      decidedAt: null,
    }
    const { testVersion, ...shown } = suggestion
    for (const title of [suggestion.title, 'another']) {
      await within((scope) => keepSuggestions(scope, [{ ...suggestion, title }]))
    }
    const open = (version: number) =>
      within((scope) => listOpenSuggestions(scope, { testId: older.id, testVersion: version }))
    expect(await open(testVersion)).toEqual([shown])
    expect(await open(2)).toEqual([])
    const proof = { isVerified: true, red: 'it fails', green: 'it passed', at }
    const { id } = suggestion
    const decided = { state: 'accepted' as const, decidedAt: at, decidedBy: 'person:1' }
    expect(await within((scope) => updateSuggestion(scope, { id, proof, ...decided }))).toEqual({
      ...shown,
      proof,
      state: 'accepted',
      decidedAt: at,
    })
    expect(await open(testVersion)).toEqual([])
    expect(await other.within((scope) => findSuggestion(scope, { testId: older.id, id }))).toBeNull()
  })

  test('what closed a gate is kept, for its own workspace', async () => {
    const [{ within }, other] = [await inNew(), await inNew()]
    const made = await within((scope) => createRegressionTest(scope, regressionTestOf()))
    const at = timestamp(Date.now())
    const closure = { testId: made.id, groupId: null, release: '1.2.3', at }
    const gate = closedGate('1.2.3', at)
    await within((scope) => recordGate(scope, { gate, closures: [closure], actor: 'key:ci' }))
    await within((scope) => recordGate(scope, { gate: { ...gate, id: newId() }, closures: [], actor: 'key:ci' }))
    expect(await within((scope) => listGateClosures(scope, at))).toEqual([closure])
    expect(await within((scope) => listGateClosures(scope, timestamp(Date.now() + 1_000)))).toEqual([])
    expect(await other.within((scope) => listGateClosures(scope, at))).toEqual([])
  })
}

const closedGate = (release: string | null, at: string): Gate => ({
  id: newId(),
  state: 'closed',
  reasons: [],
  warnings: [],
  tests: [],
  policy: GatePolicy.parse(release === null ? {} : { release }),
  at,
})

/** The same figures from the rows themselves, in plain loops. */
const countedAnew = async (scope: WorkspaceScope, from: string): Promise<MetricCounts> => {
  const { items: tests } = await listRegressionTests(scope, { limit: 200 })
  const { items: groups } = await listFailureGroups(scope, { limit: 200 })
  const { items: failures } = await listFailures(scope, { limit: 200 })
  const executions = new Map<string, Execution[]>()
  for (const { id } of tests) executions.set(id, (await listExecutions(scope, { testId: id, limit: 200 })).items)
  const scored = [...executions.values()].flat().filter(({ verification, at }) => !verification && at >= from)
  const verified = new Set(
    tests
      .filter(
        ({ redAt, state }) => redAt !== null && state !== 'draft' && state !== 'unconfirmed' && state !== 'retired',
      )
      .map(({ id }) => id),
  )
  const wanted = groups.filter(
    ({ occurrences, lastSeenAt, testStatus }) =>
      occurrences >= 3 && lastSeenAt >= from && testStatus !== 'alert_only' && testStatus !== 'needs_request',
  )
  const outcomes = (...some: Execution['outcome'][]) => scored.filter(({ outcome }) => some.includes(outcome)).length
  const live = tests.filter(({ state }) => state !== 'retired')
  let [risen, moved, critical] = [0, 0, 0]
  for (const test of tests) {
    const own = executions.get(test.id)!
    const within = own.filter(({ at, verification }) => at >= from && !verification)
    const severity = groups.find(({ id }) => id === test.groupId)?.severity
    if (within.length > 0) {
      moved++
      const before = own.find(({ at }) => at < from)?.confidence ?? 75
      if (within[0]!.confidence > before) risen++
    }
    const isCritical = severity === 'high' || severity === 'critical' || test.tags.includes('critical')
    if (isCritical && within.some(({ outcome, environment }) => outcome === 'fail' && environment === 'production'))
      critical++
  }
  const prevented = new Set<string>()
  for (const { groupId, release, at } of await listGateClosures(scope, from)) {
    const wasSeen = failures.some(
      (failure) => release !== null && failure.release === release && failure.receivedAt <= at,
    )
    if (groupId !== null && !wasSeen) prevented.add(groupId)
  }
  const countBy = <Name extends string>(names: readonly Name[], found: readonly string[]) =>
    Object.fromEntries(names.map((name) => [name, found.filter((one) => one === name).length])) as Record<Name, number>
  return {
    coverage: {
      part: wanted.filter(({ testId }) => testId !== null && verified.has(testId)).length,
      whole: wanted.length,
    },
    passRate: { part: outcomes('pass', 'flaky'), whole: outcomes('pass', 'flaky', 'fail') },
    confidence: { part: live.reduce((sum, { confidence }) => sum + confidence, 0), whole: live.length },
    prevented: { part: prevented.size, whole: 0 },
    selfHealing: { part: risen, whole: moved },
    criticalRegressions: { part: critical, whole: tests.length },
    byState: countBy(
      testStates,
      tests.map(({ state }) => state),
    ),
    byKind: countBy(
      testKinds,
      live.map(({ kind }) => kind),
    ),
  }
}

type Within = <Result>(work: (scope: WorkspaceScope) => Promise<Result>) => Promise<Result>

/** Keeps one scored execution of a test. */
const execute = (
  within: Within,
  testId: string,
  changes: Partial<Execution> & Pick<Execution, 'runId'>,
): Promise<boolean> =>
  within(async (scope) => {
    const stored = (await lockRegressionTest(scope, testId))!
    const execution = executionOf({
      testId,
      confidence: 75,
      trigger: 'ci',
      expected: 'it answers',
      actual: 'it did not',
      durationMs: 1,
      ...changes,
    })
    return saveExecution(scope, execution, { ...stored, confidence: execution.confidence })
  })
