import { type CaseResult, timestamp } from '@assay/core'
import { findRun, insertRun, listRunResults, listRuns, saveResults, updateRun } from '@assay/store'
import { expect, test } from 'vitest'
import { runOf } from '../records.ts'
import { newId, type TestStore } from '../test-store.ts'
import { until } from '../until.ts'

/** Runs and their results, and jobs. */
export const describeSuite = (current: () => TestStore): void => {
  test('a run is kept, changed field by field, and listed', async () => {
    const { store, createWorkspace } = current()
    const { workspaceId } = await createWorkspace()
    const run = runOf()
    await store.inWorkspace(workspaceId, (scope) => insertRun(scope, { ...run, testIds: [newId()] }))
    const startedAt = timestamp(Date.now())
    const update = (changes: object) =>
      store.inWorkspace(workspaceId, (scope) => updateRun(scope, { id: run.id, ...changes }))
    expect(await update({ status: 'running', startedAt })).toEqual({ ...run, status: 'running', startedAt })
    expect(await update({ error: 'no key' })).toMatchObject({ status: 'running', error: 'no key' })
    expect(await store.inWorkspace(workspaceId, (scope) => findRun(scope, run.id))).toMatchObject({ error: 'no key' })
    expect(await store.inWorkspace(workspaceId, (scope) => listRuns(scope, {}))).toMatchObject({
      items: [{ id: run.id }],
    })
    expect(await store.inWorkspace(workspaceId, (scope) => updateRun(scope, { id: newId(), error: null }))).toBeNull()
  })

  test('results of a run are kept once each, the last one counting, and read in pages', async () => {
    const { store, createWorkspace } = current()
    const { workspaceId } = await createWorkspace()
    const run = runOf()
    const result = (index: number, changes: Partial<CaseResult> = {}): CaseResult => ({
      caseKey: `case ${index}`,
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
    const results = Array.from({ length: 5 }, (_, index) => result(index))
    await store.inWorkspace(workspaceId, async (scope) => {
      await insertRun(scope, run)
      await saveResults(scope, run.id, results)
      await saveResults(scope, run.id, [result(3, { status: 'failed', score: 0 })])
    })
    const list = (cursor?: string) =>
      store.inWorkspace(workspaceId, (scope) => listRunResults(scope, { runId: run.id, limit: 3, cursor }))
    const first = await list()
    const second = await list(first.nextCursor!)
    expect([...first.items, ...second.items]).toEqual(results.with(3, result(3, { status: 'failed', score: 0 })))
  })

  test('a job exists when the transaction that asked for it commits, and only then', async () => {
    const { store, createWorkspace } = current()
    const { workspaceId } = await createWorkspace()
    const queue = `contract.${newId()}`
    const enqueue = (payload: object, fail = false) =>
      store.inWorkspace(workspaceId, async (scope) => {
        await store.jobs.enqueue(scope, queue, payload)
        if (fail) throw new Error('undone')
      })
    await enqueue({ nestedKey: { camelCase: 1 } }) // before any worker has started
    await expect(enqueue({ lost: true }, true)).rejects.toThrow('undone')

    const done: unknown[] = []
    await store.jobs.start()
    await store.jobs.work(queue, { concurrency: 2 }, async (payload) => {
      if (!done.some((other) => JSON.stringify(other) === JSON.stringify(payload))) done.push(payload)
    })
    await enqueue({ second: true })
    await until('two jobs done', () => (done.length === 2 ? true : undefined))
    // Two workers may end them in either order.
    expect(done).toEqual(expect.arrayContaining([{ nestedKey: { camelCase: 1 } }, { second: true }]))
  })
}
