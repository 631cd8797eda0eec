import { DAY_MS, timestamp } from '@assay/core'
import {
  createRegressionTest,
  findFailure,
  findFailureGroup,
  findRegressionTest,
  insertRun,
  listExecutions,
  listFailureGroups,
  listFailures,
  listRegressionTests,
  lockRegressionTest,
  newestReplayable,
  recordFailure,
  recordFailures,
  type FailureToRecord,
  saveExecution,
  setTestStatus,
  updateFailureGroup,
} from '@assay/store'
import { expect, test } from 'vitest'
import { diagnosisOf, executionOf, failureOf, regressionTestOf, runOf } from '../records.ts'
import { newId, type TestStore } from '../test-store.ts'

const THRESHOLD = 3

/** Failures, their groups, and the regression tests made of them. */
export const describeMonitor = (current: () => TestStore): void => {
  type Changes = { failure?: Parameters<typeof failureOf>[0]; eventKey?: string | null; userHash?: Uint8Array }
  const reporter = (workspaceId: string, fingerprint: string = newId()) => ({
    fingerprint,
    report: ({ failure = {}, eventKey = null, userHash }: Changes = {}) =>
      current().store.inWorkspace(workspaceId, (scope) =>
        recordFailure(scope, {
          failure: failureOf(failure),
          diagnosis: diagnosisOf(fingerprint),
          eventKey,
          userHash: userHash ?? null,
          threshold: THRESHOLD,
        }),
      ),
  })

  test('failures with one fingerprint are one group, which counts them, their users and their days', async () => {
    const { store, createWorkspace } = current()
    const { workspaceId } = await createWorkspace()
    const { report, fingerprint } = reporter(workspaceId)
    const user = new Uint8Array([1, 2, 3])
    const yesterday = timestamp(Date.now() - DAY_MS)
    await report({ userHash: user })
    await report({ userHash: user, failure: { count: 4, at: yesterday } })
    const { group, failureId, duplicate } = await report({ userHash: new Uint8Array([9]) })
    expect(duplicate).toBe(false)
    expect(group).toMatchObject({
      fingerprint,
      occurrences: 6,
      users: 2,
      state: 'open',
      threshold: 3,
      testStatus: 'waiting',
    })
    expect(group.firstSeenAt).toBe(yesterday)
    const { daily } = (await store.inWorkspace(workspaceId, (scope) => findFailureGroup(scope, group.id)))!
    expect(daily).toHaveLength(14)
    expect(daily.slice(-2)).toEqual([4, 2])

    const stored = await store.inWorkspace(workspaceId, (scope) => findFailure(scope, failureId))
    expect(stored).toMatchObject({
      groupId: group.id,
      context: { order: { lineItems: [1, 2] } },
      redactions: { email: 2 },
    })
    const { items } = await store.inWorkspace(workspaceId, (scope) => listFailures(scope, { group: group.id }))
    expect(items).toHaveLength(3)
  })

  test('one event is counted once, and again after seven days', async () => {
    const { createWorkspace } = current()
    const { workspaceId } = await createWorkspace()
    const { report } = reporter(workspaceId)
    const first = await report({ eventKey: 'event:1', failure: { receivedAt: timestamp(Date.now() - 8 * DAY_MS) } })
    expect(first.duplicate).toBe(false)
    const [second, ...others] = await Promise.all(Array.from({ length: 4 }, () => report({ eventKey: 'event:1' })))
    const all = [second!, ...others]
    expect(all.filter(({ duplicate }) => !duplicate)).toHaveLength(1)
    expect(new Set(all.map(({ failureId }) => failureId)).size).toBe(1)
    expect(all.map(({ group }) => group.occurrences)).toEqual([2, 2, 2, 2])
  })

  test('failures recorded together count as if they came one by one', async () => {
    const { store, createWorkspace } = current()
    const { workspaceId } = await createWorkspace()
    const [left, right] = [newId(), newId()]
    const given = (fingerprint: string, changes: Partial<FailureToRecord> & { count?: number } = {}) => ({
      failure: failureOf({ count: changes.count ?? 1, absorbed: fingerprint === right }),
      diagnosis: diagnosisOf(fingerprint),
      eventKey: null,
      userHash: null,
      threshold: THRESHOLD,
      ...changes,
    })
    const twice = { eventKey: 'event:twice', userHash: new Uint8Array([7]) }
    const record = (reports: FailureToRecord[]) =>
      store.inWorkspace(workspaceId, (scope) => recordFailures(scope, reports))
    const recorded = await record([
      given(left, { count: 2 }),
      given(right, twice),
      given(left),
      given(right, twice),
      given(left),
    ])
    expect(recorded.map(({ group, duplicate }) => [group.fingerprint, group.occurrences, duplicate])).toEqual([
      [left, 2, false],
      [right, 1, false],
      [left, 3, false],
      [right, 1, true],
      [left, 4, false],
    ])
    expect(recorded[3]!.failureId).toBe(recorded[1]!.failureId)
    expect(recorded[1]!.group).toMatchObject({ users: 1, absorbed: 1 })
    const again = await record([given(right, twice), given(right)])
    expect(again.map(({ group, duplicate }) => [group.occurrences, duplicate])).toEqual([
      [1, true],
      [2, false],
    ])
    const { items } = await store.inWorkspace(workspaceId, (scope) => listFailures(scope, {}))
    expect(items).toHaveLength(5)
  })

  test('of many third occurrences at once, exactly one makes the test', async () => {
    const { store, createWorkspace } = current()
    const { workspaceId } = await createWorkspace()
    const fingerprint = newId()
    const reportAndTest = () =>
      store.inWorkspace(workspaceId, async (scope) => {
        const { group } = await recordFailure(scope, {
          failure: failureOf(),
          diagnosis: diagnosisOf(fingerprint),
          eventKey: null,
          userHash: null,
          threshold: THRESHOLD,
        })
        if (group.occurrences < THRESHOLD || group.testId !== null) return null
        return createRegressionTest(scope, { ...regressionTestOf({ name: `t_${fingerprint}` }), groupId: group.id })
      })
    const made = (await Promise.all(Array.from({ length: 20 }, reportAndTest))).filter((test) => test !== null)
    expect(made).toHaveLength(1)
    const { items } = await store.inWorkspace(workspaceId, (scope) => listFailureGroups(scope, {}))
    expect(items).toMatchObject([{ occurrences: 20, testId: made[0]!.id, testStatus: 'created' }])
  })

  test('a resolved group comes back as reopened; a muted one stays muted', async () => {
    const { store, createWorkspace } = current()
    const { workspaceId } = await createWorkspace()
    for (const [state, after] of [
      ['resolved', 'reopened'],
      ['muted', 'muted'],
    ] as const) {
      const { report } = reporter(workspaceId)
      const { group } = await report()
      const update = { id: group.id, state, now: timestamp(Date.now()) }
      expect(await store.inWorkspace(workspaceId, (scope) => updateFailureGroup(scope, update))).toMatchObject({
        state,
      })
      expect((await report()).group.state).toBe(after)
    }
    const unknown = { id: newId(), state: 'muted' as const, now: timestamp(Date.now()) }
    expect(await store.inWorkspace(workspaceId, (scope) => updateFailureGroup(scope, unknown))).toBeNull()
  })

  test('groups are listed by what is asked, page by page', async () => {
    const { store, createWorkspace } = current()
    const { workspaceId } = await createWorkspace()
    const base = Date.now() - 60_000
    const ids: string[] = []
    for (const [index, count] of [5, 1, 3].entries()) {
      const at = timestamp(base + index)
      ids.push((await reporter(workspaceId).report({ failure: { count, at } })).group.id)
    }
    const list = (query: Parameters<typeof listFailureGroups>[1]) =>
      store.inWorkspace(workspaceId, (scope) => listFailureGroups(scope, query))
    const paged = async (sort: 'lastSeen' | 'occurrences') => {
      const first = await list({ sort, limit: 2 })
      const second = await list({ sort, limit: 2, cursor: first.nextCursor! })
      expect(second.nextCursor).toBeNull()
      return [...first.items, ...second.items].map(({ id }) => ids.indexOf(id))
    }
    expect(await paged('lastSeen')).toEqual([2, 1, 0])
    expect(await paged('occurrences')).toEqual([0, 2, 1])
    expect((await list({ q: 'TOTAL is' })).items).toHaveLength(3)
    expect((await list({ q: '%' })).items).toHaveLength(0)
    expect((await list({ state: 'muted' })).items).toHaveLength(0)
    const foreign = (await list({ sort: 'occurrences', limit: 1 })).nextCursor!
    await expect(list({ sort: 'lastSeen', cursor: foreign })).rejects.toMatchObject({ code: 'input.invalid' })
  })

  test('the newest failure that can be asked again is found behind ones that cannot', async () => {
    const { store, createWorkspace } = current()
    const { workspaceId } = await createWorkspace()
    const { report } = reporter(workspaceId)
    const { failureId, group } = await report()
    await report({ failure: { request: null } })
    const found = await store.inWorkspace(workspaceId, (scope) => newestReplayable(scope, group.id))
    expect(found?.id).toBe(failureId)
    await store.inWorkspace(workspaceId, (scope) =>
      setTestStatus(scope, { groupId: group.id, testStatus: 'alert_only' }),
    )
    const { testStatus } = (await store.inWorkspace(workspaceId, (scope) => findFailureGroup(scope, group.id)))!
    expect(testStatus).toBe('alert_only')
  })

  test('text that PostgreSQL cannot store is replaced, not refused', async () => {
    const { store, createWorkspace } = current()
    const { workspaceId } = await createWorkspace()
    const { failureId } = await reporter(workspaceId).report({
      failure: { message: 'a\0b\uD800', context: { 'k\0': ['\0'] } },
    })
    const stored = await store.inWorkspace(workspaceId, (scope) => findFailure(scope, failureId))
    expect(stored).toMatchObject({ message: 'a\uFFFDb\uFFFD', context: { 'k\uFFFD': ['\uFFFD'] } })
  })

  test('a test keeps what it was made with, under a name of its own', async () => {
    const { store, createWorkspace } = current()
    const { workspaceId } = await createWorkspace()
    const made = [regressionTestOf(), regressionTestOf()]
    const created = []
    for (const given of made)
      created.push(
        await store.inWorkspace(workspaceId, (scope) => createRegressionTest(scope, { ...given, groupId: null })),
      )
    expect(created[0]).toEqual(made[0])
    expect(created[1]!.name).toMatch(/^invoice_total_[0-9a-f]{4}$/)
    expect(await store.inWorkspace(workspaceId, (scope) => findRegressionTest(scope, made[0]!.id))).toEqual(made[0])
    const list = (query: object) => store.inWorkspace(workspaceId, (scope) => listRegressionTests(scope, query))
    expect((await list({ tag: 'invoice' })).items).toHaveLength(2)
    expect((await list({ tag: 'other' })).items).toHaveLength(0)
    expect((await list({ state: 'active' })).items).toHaveLength(0)
  })

  test('an execution moves its test once, however often the job runs', async () => {
    const { store, createWorkspace } = current()
    const { workspaceId } = await createWorkspace()
    const run = runOf()
    const created = await store.inWorkspace(workspaceId, async (scope) => {
      await insertRun(scope, { ...run, testIds: [] })
      return createRegressionTest(scope, { ...regressionTestOf(), groupId: null })
    })
    const save = () =>
      store.inWorkspace(workspaceId, async (scope) => {
        const locked = (await lockRegressionTest(scope, created.id))!
        const execution = executionOf({ testId: created.id, runId: run.id, confidence: locked.confidence + 5 })
        return saveExecution(scope, execution, { ...locked, confidence: execution.confidence, runs: locked.runs + 1 })
      })
    expect((await Promise.all([save(), save(), save()])).filter(Boolean)).toHaveLength(1)
    const after = await store.inWorkspace(workspaceId, (scope) => findRegressionTest(scope, created.id))
    expect(after).toEqual({ ...created, confidence: 80, runs: 1 })
    const history = await store.inWorkspace(workspaceId, (scope) => listExecutions(scope, { testId: created.id }))
    expect(history.items).toMatchObject([{ outcome: 'pass', confidence: 80, runId: run.id }])
  })
}
