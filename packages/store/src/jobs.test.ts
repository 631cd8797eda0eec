import { newId, openTestStore, type TestStore, until } from '@assay/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'

let opened: TestStore
beforeAll(async () => void (opened = await openTestStore({ engine: 'embedded' })))
afterAll(() => opened[Symbol.asyncDispose]())

test('a job is pending while it waits and while it is at work, and not afterwards', async () => {
  const { store, createWorkspace } = opened
  const { workspaceId } = await createWorkspace()
  const queue = `pending.${newId()}`
  expect(await store.jobs.pending(queue)).toEqual([])
  await store.inWorkspace(workspaceId, (scope) => store.jobs.enqueue(scope, queue, { runId: 'one' }))
  const pending = [{ id: expect.any(String), payload: { runId: 'one' } }]
  expect(await store.jobs.pending(queue)).toEqual(pending)

  const work = Promise.withResolvers<void>()
  const begun = Promise.withResolvers<void>()
  await store.jobs.work(queue, { concurrency: 1 }, async () => {
    begun.resolve()
    await work.promise
  })
  await begun.promise
  expect(await store.jobs.pending(queue)).toEqual(pending)
  work.resolve()
  await until('nothing pending', async () => ((await store.jobs.pending(queue)).length === 0 ? true : undefined))
})
