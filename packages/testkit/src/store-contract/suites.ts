import { type CaseResult, compareRuns, type StoredCase, type StoredSuite, timestamp } from '@assay/core'
import {
  findBaseline,
  findResult,
  findRun,
  findSource,
  findSuite,
  insertRun,
  insertSuite,
  listBaselines,
  listRunResults,
  listRuns,
  listSuiteCases,
  listSuites,
  readResultSide,
  removeSuite,
  replaceSuite,
  saveResults,
  setBaseline,
  updateRun,
  type WorkspaceScope,
} from '@assay/store'
import { expect, test } from 'vitest'
import { runOf } from '../records.ts'
import { asSuperuser, newId, type TestStore } from '../test-store.ts'

/** Suites with their cases, what a run is of, and every field of a result. */
export const describeSuites = (current: () => TestStore): void => {
  const within = <Value>(workspaceId: string, work: (scope: WorkspaceScope) => Promise<Value>): Promise<Value> =>
    current().store.inWorkspace(workspaceId, work)

  test('a suite is kept with its text and its cases, found, listed, replaced and removed', async () => {
    const { workspaceId } = await current().createWorkspace()
    const suite = suiteOf({ name: 'capitals', sourceHash: 'one' })
    const kept = { suite, source: 'name: capitals', cases: [caseOf('a'), caseOf('b', { active: false })] }
    expect(await within(workspaceId, (scope) => insertSuite(scope, kept))).toBe(true)
    const sameName = { ...kept, suite: suiteOf({ name: 'capitals', sourceHash: 'one' }) }
    expect(await within(workspaceId, (scope) => insertSuite(scope, sameName))).toBe(false)
    expect(await within(workspaceId, (scope) => findSuite(scope, { name: 'capitals' }))).toEqual(suite)
    expect(await within(workspaceId, (scope) => listSuites(scope, { text: 'CAPI' }))).toMatchObject({ items: [suite] })
    expect(await within(workspaceId, (scope) => listSuites(scope, { text: '%' }))).toMatchObject({ items: [] })
    const cases = (cursor?: string) =>
      within(workspaceId, (scope) => listSuiteCases(scope, { suiteId: suite.id, limit: 1, cursor }))
    const first = await cases()
    expect(first.items).toEqual([caseOf('a')])
    expect((await cases(first.nextCursor!)).items).toEqual([caseOf('b', { active: false })])

    const changed = { ...suite, sourceHash: 'two', cases: 1 }
    const replaced = { suite: changed, source: 'name: other', cases: [caseOf('c')] }
    expect(await within(workspaceId, (scope) => replaceSuite(scope, replaced))).toEqual(changed)
    expect((await cases()).items).toEqual([caseOf('c')])
    expect(await within(workspaceId, (scope) => findSource(scope, 'one'))).toBeNull()
    expect(await within(workspaceId, (scope) => findSource(scope, 'two'))).toBe('name: other')
    expect(await within(workspaceId, (scope) => removeSuite(scope, suite.id))).toBe(true)
    expect(await within(workspaceId, (scope) => removeSuite(scope, suite.id))).toBe(false)
    expect(await within(workspaceId, (scope) => findSuite(scope, { id: suite.id }))).toBeNull()
  })

  test('the text of a run stays when its suite changes or goes', async () => {
    const { workspaceId } = await current().createWorkspace()
    const suite = suiteOf({ sourceHash: 'first' })
    const run = runOf({ suiteId: suite.id, sourceHash: 'first' })
    await within(workspaceId, async (scope) => {
      await insertSuite(scope, { suite, source: 'the first text', cases: [] })
      await insertRun(scope, { ...run, file: 'assay.yaml' })
      await replaceSuite(scope, { suite: { ...suite, sourceHash: 'second' }, source: 'another text', cases: [] })
    })
    expect(await within(workspaceId, (scope) => findSource(scope, 'first'))).toBe('the first text')
    await within(workspaceId, (scope) => removeSuite(scope, suite.id))
    expect(await within(workspaceId, (scope) => findSource(scope, 'first'))).toBe('the first text')
    expect(await within(workspaceId, (scope) => findRun(scope, run.id))).toEqual({ ...run, suiteId: null })
  })

  test('everything that a result says is kept, what nobody foresaw too', async () => {
    const { workspaceId } = await current().createWorkspace()
    const run = runOf()
    const whole: CaseResult = {
      ...resultOf('whole'),
      usage: {
        inputTokens: 10,
        outputTokens: 4,
        cacheReadInputTokens: 6,
        cacheWriteInputTokens: 1,
        reasoningOutputTokens: 2,
      },
      kind: 'integration',
      tags: ['slow', 'money'],
      assertHash: 'abc',
      cached: true,
      attempts: 2,
      steps: 3,
      reason: 'because',
      quarantined: true,
      unasserted: true,
      judge: {
        calls: 2,
        inputTokens: 30,
        outputTokens: 8,
        costNanoUsd: 7,
        spentNanoUsd: 7,
        spentTokens: 38,
        unpriced: 0,
      },
      toolCalls: [{ name: 'read', args: { path: 'a' }, status: 'ok', resultBytes: 3, durationMs: 1, step: 1 }],
    }
    const unforeseen = { ...resultOf('unforeseen'), later: { costNanoUsd: 7 } }
    await within(workspaceId, async (scope) => {
      await insertRun(scope, run)
      await saveResults(scope, run.id, [whole, unforeseen])
    })
    const { items } = await within(workspaceId, (scope) => listRunResults(scope, { runId: run.id }))
    expect(items).toEqual([unforeseen, whole])
    // An answer to the same question that says less leaves nothing of the earlier one.
    const plain = resultOf('whole')
    await within(workspaceId, (scope) => saveResults(scope, run.id, [whole, plain]))
    const key = { runId: run.id, caseKey: 'whole', model: 'sim/echo', repeat: 1 }
    expect(await within(workspaceId, (scope) => findResult(scope, key))).toEqual(plain)
    expect(await within(workspaceId, (scope) => findResult(scope, { ...key, repeat: 2 }))).toBeNull()
  })

  test('a text over 256 KiB is cut between characters, and what its length was is kept', async () => {
    const { workspaceId } = await current().createWorkspace()
    const run = runOf()
    const response = `${'x'.repeat(262_143)}é and more`
    await within(workspaceId, async (scope) => {
      await insertRun(scope, run)
      await saveResults(scope, run.id, [{ ...resultOf('long'), response }])
    })
    const { items } = await within(workspaceId, (scope) => listRunResults(scope, { runId: run.id }))
    expect(items[0]!.response).toBe('x'.repeat(262_143))
    expect(items[0]!.cut).toEqual({ response: 262_154 })
  })

  test('results are found by status, model and title, and read briefly', async () => {
    const { workspaceId } = await current().createWorkspace()
    const run = runOf()
    await within(workspaceId, async (scope) => {
      await insertRun(scope, run)
      await saveResults(scope, run.id, [
        resultOf('a'),
        resultOf('b', { status: 'failed', score: 0, title: 'Total of 100%', response: 'y'.repeat(5_000) }),
        resultOf('c', { status: 'error', score: 0, model: 'sim/smart' }),
      ])
    })
    const keys = async (filter: object): Promise<string[]> => {
      const { items } = await within(workspaceId, (scope) => listRunResults(scope, { runId: run.id, ...filter }))
      return items.map(({ caseKey }) => caseKey)
    }
    expect(await keys({ status: 'failed' })).toEqual(['b'])
    expect(await keys({ status: 'not_passed' })).toEqual(['b', 'c'])
    expect(await keys({ model: 'sim/smart' })).toEqual(['c'])
    expect(await keys({ text: '100%' })).toEqual(['b'])
    const brief = { runId: run.id, isBrief: true, status: 'failed' } as const
    const { items } = await within(workspaceId, (scope) => listRunResults(scope, brief))
    expect(items[0]!.response).toBe('y'.repeat(300))
  })

  test('runs are found by what they are of, and change only in the states they may', async () => {
    const { workspaceId } = await current().createWorkspace()
    const nightly = runOf({ name: 'nightly', trigger: 'cron', status: 'running', models: ['sim/echo'] })
    const uploaded = runOf({ name: 'mine', provenance: 'self_reported', environment: 'local' })
    await within(workspaceId, async (scope) => {
      await insertRun(scope, nightly)
      await insertRun(scope, uploaded)
    })
    const names = async (filter: object): Promise<string[]> =>
      (await within(workspaceId, (scope) => listRuns(scope, filter))).items.map(({ name }) => name)
    expect(await names({ status: 'running' })).toEqual(['nightly'])
    expect(await names({ trigger: 'cron' })).toEqual(['nightly'])
    expect(await names({ provenance: 'self_reported' })).toEqual(['mine'])
    expect(await names({ environment: 'local', text: 'MI' })).toEqual(['mine'])
    expect(await names({ suite: newId() })).toEqual([])
    const cancel = (id: string) =>
      within(workspaceId, (scope) => updateRun(scope, { id, status: 'cancelled' }, { within: ['running'] }))
    expect(await cancel(nightly.id)).toMatchObject({ status: 'cancelled' })
    expect(await cancel(nightly.id)).toBeNull()
  })

  test('a name of a baseline is of one run at a time', async () => {
    const { workspaceId } = await current().createWorkspace()
    const [first, second] = [runOf(), runOf()]
    await within(workspaceId, async (scope) => {
      await insertRun(scope, first)
      await insertRun(scope, second)
      await setBaseline(scope, { id: first.id, baselineOf: 'main' })
      await setBaseline(scope, { id: second.id, baselineOf: 'main' })
    })
    expect(await within(workspaceId, (scope) => findBaseline(scope, 'main'))).toMatchObject({ id: second.id })
    expect(await within(workspaceId, (scope) => findRun(scope, first.id))).toMatchObject({ baselineOf: null })
    expect(await within(workspaceId, listBaselines)).toEqual(['main'])
  })

  test('two runs are compared by what the database sums up', async () => {
    const { workspaceId } = await current().createWorkspace()
    const [before, after] = [runOf(), runOf()]
    const results = Array.from({ length: 20 }, (_, index) => resultOf(`case ${index}`, { assertHash: 'h' }))
    await within(workspaceId, async (scope) => {
      await insertRun(scope, before)
      await insertRun(scope, after)
      await saveResults(scope, before.id, results)
      const worse = results.map((one, index): CaseResult => (index < 10 ? { ...one, status: 'failed', score: 0 } : one))
      await saveResults(scope, after.id, [...worse, resultOf('skipped', { status: 'skipped' })])
    })
    const side = (id: string) => within(workspaceId, (scope) => readResultSide(scope, id))
    const comparison = compareRuns({ before: await side(before.id), after: await side(after.id) })
    expect(comparison).toMatchObject({ verdict: 'regression', pairs: 20, worse: 10, better: 0, added: [] })
  })

  test('suites, their texts and cases, runs and results are behind both walls', async () => {
    const { store, createWorkspace } = current()
    const { workspaceId: theirs } = await createWorkspace()
    const { workspaceId: ours } = await createWorkspace()
    const suite = suiteOf({ name: 'secret', sourceHash: 'secret' })
    const run = runOf({ suiteId: suite.id, baselineOf: 'main' })
    await within(theirs, async (scope) => {
      await insertSuite(scope, { suite, source: 'secret', cases: [caseOf('a')] })
      await insertRun(scope, run)
      await saveResults(scope, run.id, [resultOf('a')])
    })
    const key = { runId: run.id, caseKey: 'a', model: 'sim/echo', repeat: 1 }
    const look = async (scope: WorkspaceScope) => ({
      suite: await findSuite(scope, { id: suite.id }),
      source: await findSource(scope, 'secret'),
      suites: (await listSuites(scope, {})).items,
      cases: (await listSuiteCases(scope, { suiteId: suite.id })).items,
      runs: (await listRuns(scope, {})).items,
      run: await findRun(scope, run.id),
      baseline: await findBaseline(scope, 'main'),
      results: (await listRunResults(scope, { runId: run.id })).items,
      result: await findResult(scope, key),
      side: [...(await readResultSide(scope, run.id))],
    })
    const nothing = {
      suite: null,
      source: null,
      suites: [],
      cases: [],
      runs: [],
      run: null,
      baseline: null,
      results: [],
      result: null,
      side: [],
    }
    expect(await within(ours, look)).toEqual(nothing)
    expect(await within(ours, (scope) => look({ ...scope, workspaceId: theirs }))).toEqual(nothing)
    expect(await asSuperuser(store, (scope) => look({ ...scope, workspaceId: ours }))).toEqual(nothing)
    expect(await within(ours, (scope) => removeSuite(scope, suite.id))).toBe(false)
    expect(await within(theirs, (scope) => findSuite(scope, { id: suite.id }))).toEqual(suite)
  })
}

const suiteOf = (changes: Partial<StoredSuite>): StoredSuite => {
  const at = timestamp(Date.now())
  return {
    id: newId(),
    packageVersionId: null,
    name: 'suite',
    description: null,
    dialect: 'assay',
    file: 'assay.yaml',
    sourceHash: 'hash',
    kind: null,
    models: ['sim/echo'],
    cases: 2,
    createdAt: at,
    updatedAt: at,
    ...changes,
  }
}

const caseOf = (caseKey: string, changes: Partial<StoredCase> = {}): StoredCase => ({
  caseKey,
  title: 'capital',
  description: null,
  input: 'What is the capital of France?',
  expectedOutput: 'Paris',
  assertions: [{ type: 'contains', value: 'Paris', weight: 1 }],
  kind: 'plain',
  tags: ['geo'],
  difficulty: 'basic',
  groupId: null,
  active: true,
  quarantineUntil: null,
  ...changes,
})

const resultOf = (caseKey: string, changes: Partial<CaseResult> = {}): CaseResult => ({
  caseKey,
  title: 'capital',
  model: 'sim/echo',
  repeat: 1,
  status: 'passed',
  score: 1,
  input: 'x',
  response: 'y',
  error: null,
  verdicts: [{ type: 'contains', pass: true, score: 1, reason: 'found', weight: 1 }],
  latencyMs: 3,
  durationMs: 4,
  usage: null,
  costNanoUsd: null,
  ...changes,
})
