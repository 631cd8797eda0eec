import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { silentLog } from '@assay/core'
import { temporaryDirectory } from '@assay/testkit'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type EmbeddedEngine, openEmbeddedEngine } from './embedded.ts'
import { openDatabase } from './open-database.ts'
import { createTemplate } from './template.ts'
import { tidy } from './upkeep.ts'

let directory: Awaited<ReturnType<typeof temporaryDirectory>>
let engine: EmbeddedEngine

/** A database directory as a start makes it, then opened without a store around it. */
beforeAll(async () => {
  directory = await temporaryDirectory()
  const database = await openDatabase({ dataDir: directory.path, log: silentLog })
  await database.close()
  engine = await open({})
})
afterAll(async () => {
  await engine.close()
  await directory[Symbol.asyncDispose]()
})

const open = (options: { durable?: boolean; timeoutMs?: number }): Promise<EmbeddedEngine> =>
  openEmbeddedEngine({ directory: join(directory.path, 'db'), durable: true, log: silentLog, ...options })

const ask = async (sql: string, ...parameters: unknown[]): Promise<Record<string, unknown>[]> => {
  const turn = await engine.take()
  try {
    return (await turn.run([{ sql, parameters }]))[0]!.rows
  } finally {
    turn.release()
  }
}

test('every commit is a sync of the operating system, and a read is none', async () => {
  await ask('create table if not exists synced (value int)')
  const before = engine.syncs()
  for (let value = 0; value < 5; value++) await ask('insert into synced values ($1)', value)
  expect(engine.syncs() - before).toBeGreaterThanOrEqual(5)
  const after = engine.syncs()
  await ask('select count(*) from synced')
  expect(engine.syncs()).toBe(after)
})

test('without the sync hook the engine refuses to start', async () => {
  await engine.close()
  await expect(open({ durable: false })).rejects.toMatchObject({ code: 'store.no_fsync' })
  engine = await open({})
})

test('an error of the database keeps all its fields on the way between threads', async () => {
  await ask('create table if not exists once (id int primary key)')
  await ask('insert into once values (1)')
  await expect(ask('insert into once values (1)')).rejects.toMatchObject({
    code: '23505',
    constraint: 'once_pkey',
    table: 'once',
    detail: 'Key (id)=(1) already exists.',
  })
  await expect(ask('select 1/0')).rejects.toMatchObject({ code: '22012' })
})

test('values come back in the same types as from a server', async () => {
  const sql = `select 9007199254740991::int8 as big, count(*) as count, 1.10::numeric as exact, '{"a":[1]}'::jsonb as json,
    '\\x00ff'::bytea as bytes, '2026-02-28'::date as day, '2026-02-28 01:02:03.4+02'::timestamptz as at, array['a','b'] as texts`
  expect(await ask(sql)).toEqual([
    {
      big: 9_007_199_254_740_991,
      count: 1,
      exact: '1.10',
      json: { a: [1] },
      bytes: new Uint8Array([0, 255]),
      day: '2026-02-28',
      at: '2026-02-27T23:02:03.400Z',
      texts: ['a', 'b'],
    },
  ])
  await expect(ask('select 9007199254740993::int8')).rejects.toThrow('does not fit')
  expect(await ask('select 1 as one')).toEqual([{ one: 1 }])
})

test('turns are one at a time, in the order of asking', async () => {
  const seen: string[] = []
  const takeTurn = async (name: string): Promise<void> => {
    const turn = await engine.take()
    seen.push(`${name} begins`)
    await turn.run([{ sql: 'select 1', parameters: [] }])
    seen.push(`${name} ends`)
    turn.release()
  }
  await Promise.all(['a', 'b', 'c'].map(takeTurn))
  expect(seen).toEqual(['a', 'b', 'c'].flatMap((name) => [`${name} begins`, `${name} ends`]))
})

test('a table with many dead rows is vacuumed, and its space is used again', async () => {
  await ask('create table worn (id int primary key, text text)')
  await ask(`insert into worn select value, repeat('x', 100) from generate_series(1, 3000) value`)
  await ask(`update worn set text = repeat('y', 100)`)
  expect(await tidy(engine)).toEqual(['public.worn'])
  expect(await tidy(engine)).toEqual([])
})

test('a statement that takes too long is ended, and the next one finds a new engine with the data', async () => {
  await engine.close()
  engine = await open({ timeoutMs: 1_500 })
  await ask('create table kept (value int)')
  await ask('insert into kept values (7)')
  const endless = ask('select count(*) from generate_series(1, 1000000000) a')
  await expect(endless).rejects.toMatchObject({ code: 'store.unreachable' })
  expect(await ask('select value from kept')).toEqual([{ value: 7 }])
})

test('an engine that hangs in a call of the disk is not followed by another before that call has returned', async () => {
  await engine.close()
  engine = await open({ timeoutMs: 1_500 })
  const returned = Promise.withResolvers<void>()
  const terminate = Reflect.get(Worker.prototype, 'terminate')
  using _slow = vi.spyOn(Worker.prototype, 'terminate').mockImplementation(async function (this: Worker) {
    await returned.promise
    return terminate.call(this)
  })
  const endless = ask('select count(*) from generate_series(1, 1000000000) a')
  await expect(endless).rejects.toMatchObject({ code: 'store.unreachable' })
  await expect(ask('select 1 as one')).rejects.toMatchObject({ code: 'store.unreachable' })
  returned.resolve()
  expect(await ask('select 1 as one')).toEqual([{ one: 1 }])
})

test('a template is made once, and a cache that cannot be written to is no failure', async () => {
  const cache = join(directory.path, 'cache')
  const template = createTemplate(silentLog, cache)
  expect(await template.copyTo(join(directory.path, 'none'))).toBe(false)
  await engine.close()
  await template.keep(join(directory.path, 'db'))
  expect(await template.copyTo(join(directory.path, 'copy'))).toBe(true)
  expect(await readdir(join(directory.path, 'copy'))).toContain('PG_VERSION')
  expect((await stat(join(directory.path, 'copy'))).isDirectory()).toBe(true)

  const nowhere = createTemplate(silentLog, join(directory.path, 'db/PG_VERSION/cache'))
  await expect(nowhere.keep(join(directory.path, 'db'))).resolves.toBeUndefined()
  expect(await nowhere.copyTo(join(directory.path, 'other'))).toBe(false)
  engine = await open({})
})
