import { type Execution, GatePolicy, timestamp } from '@assay/core'
import {
  createRegressionTest,
  insertRun,
  listGateClosures,
  lockRegressionTest,
  readGateSubjects,
  recordFailure,
  recordGate,
  saveExecution,
  type WorkspaceScope,
} from '@assay/store'
import { expect, test } from 'vitest'
import { diagnosisOf, executionOf, failureOf, regressionTestOf, runOf } from '../records.ts'
import { newId, type TestStore } from '../test-store.ts'

/** What is learnt from regression tests: gates. */
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

  test('what closed a gate is kept, for its own workspace', async () => {
    const [{ within }, other] = [await inNew(), await inNew()]
    const made = await within((scope) => createRegressionTest(scope, regressionTestOf()))
    const at = timestamp(Date.now())
    const closure = { testId: made.id, groupId: null, release: '1.2.3', at }
    const policy = GatePolicy.parse({ release: '1.2.3' })
    const gate = { id: newId(), state: 'closed' as const, reasons: [], warnings: [], tests: [], policy, at }
    await within((scope) => recordGate(scope, { gate, closures: [closure], actor: 'key:ci' }))
    await within((scope) => recordGate(scope, { gate: { ...gate, id: newId() }, closures: [], actor: 'key:ci' }))
    expect(await within((scope) => listGateClosures(scope, at))).toEqual([closure])
    expect(await within((scope) => listGateClosures(scope, timestamp(Date.now() + 1_000)))).toEqual([])
    expect(await other.within((scope) => listGateClosures(scope, at))).toEqual([])
  })
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
    const execution = executionOf({ testId, confidence: 75, trigger: 'ci', ...changes })
    return saveExecution(scope, execution, { ...stored, confidence: execution.confidence })
  })
