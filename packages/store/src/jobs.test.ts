import { silentLog } from '@assay/core'
import { asSuperuser, newId, openTestStore, type TestStore, until } from '@assay/testkit'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openStore, type Store } from './open-store.ts'

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

test('a job that ends its process each time is given up after its tries, not taken for ever', async () => {
  await using own = await openTestStore({ engine: 'embedded' })
  const { workspaceId } = await own.createWorkspace()
  const queue = `deadly.${newId()}`
  const options = { retryLimit: 1 }
  await own.store.inWorkspace(workspaceId, (scope) => own.store.jobs.enqueue(scope, queue, {}, options))
  const isPendingAfterDeath = async (): Promise<boolean> => {
    await asSuperuser(own.store, ({ db }) => claim(queue).execute(db))
    await own.store.close()
    await using next = await openStore({ dataDir: own.dataDir, log: silentLog })
    own.store = next
    await next.jobs.start()
    return (await next.jobs.pending(queue)).length > 0
  }
  expect(await isPendingAfterDeath()).toBe(true)
  own.store = await openStore({ dataDir: own.dataDir, log: silentLog })
  expect(await isPendingAfterDeath()).toBe(false)
}, 60_000)

test('a job that a stop breaks off has lost none of its tries', async () => {
  await using own = await openTestStore({ engine: 'embedded' })
  const { workspaceId } = await own.createWorkspace()
  const queue = `stopped.${newId()}`
  await own.store.inWorkspace(workspaceId, (scope) => own.store.jobs.enqueue(scope, queue, {}, { retryLimit: 0 }))
  const begun = Promise.withResolvers<void>()
  await own.store.jobs.work(queue, { concurrency: 1 }, async (_payload, signal) => {
    begun.resolve()
    await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('stopped'))))
  })
  await begun.promise
  await own.store.jobs.stop()
  expect(await own.store.jobs.pending(queue)).toHaveLength(1)
  expect(await triesOf(own.store, queue)).toEqual([{ tries: 0, isNew: true }])
}, 60_000)

/** What the queue does when it hands out a job, by a process that then dies. */
const claim = (queue: string) => sql`
  update pgboss.job
  set state = 'active', retry_count = case when started_on is null then retry_count else retry_count + 1 end, started_on = now()
  where name = ${queue}
`

const triesOf = (store: Store, queue: string) =>
  asSuperuser(store, async ({ db }) => {
    const { rows } = await sql`
      select retry_count as tries, started_on is null as "isNew" from pgboss.job where name = ${queue}
    `.execute(db)
    return rows
  })
