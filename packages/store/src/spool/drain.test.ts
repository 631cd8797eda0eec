import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { laterRecordFields, type RequestRecord, silentLog } from '@assay/core'
import { asSuperuser, newId, openTestStore, requestOf, type TestStore } from '@assay/testkit'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findRequest } from '../requests.ts'
import { startDrain } from './drain.ts'
import { openSpool } from './spool.ts'

let opened: TestStore
beforeAll(async () => void (opened = await openTestStore({ engine: 'embedded' })))
afterAll(() => opened[Symbol.asyncDispose]())

/** A spool and its drain, with the given requests waiting; the drain works only when it is told to. */
const spoolWith = async (requests: readonly RequestRecord[]) => {
  const spool = await openSpool({
    dir: join(opened.dataDir, `spool-${newId()}`),
    maxBytes: 1e9,
    log: silentLog,
    reserveBytes: 65_536,
  })
  await Promise.all(requests.map((request) => spool.append({ kind: 'close', request })))
  const { store } = opened
  const drain = startDrain({ spool, store, onFailure: async () => {}, log: silentLog, everyMs: 3_600_000 })
  return { spool, drain, [Symbol.asyncDispose]: () => drain.close().then(() => spool.close()) }
}

const idsOf = async (requests: readonly RequestRecord[]): Promise<string[]> => {
  const ids = requests.map(({ id }) => id)
  const rows = await opened.store.inSystem(({ db }) =>
    db.selectFrom('requests').select('id').where('id', 'in', ids).orderBy('id').execute(),
  )
  return rows.map(({ id }) => id)
}

/** Lets the database refuse every request with this text, with the given SQLSTATE, until disposed of. */
const refusing = async (promptPreview: string, state: string) => {
  const name = `refuse_${newId().replaceAll('-', '')}`
  const run = (statement: string) => asSuperuser(opened.store, ({ db }) => sql.raw(statement).execute(db))
  await run(`create function ${name}() returns trigger language plpgsql as $$
    begin if new.prompt_preview = '${promptPreview}' then raise 'refused' using errcode = '${state}'; end if;
    return new; end $$`)
  await run(`create trigger ${name} before insert on requests for each row execute function ${name}()`)
  return { [Symbol.asyncDispose]: async () => void (await run(`drop function ${name} cascade`)) }
}

const named = (promptPreview: string): RequestRecord => requestOf({ promptPreview })

test('a model name too long for an index is counted under its beginning, and the rest goes on', async () => {
  const requestModel = randomBytes(10_000).toString('base64')
  const { workspaceId } = await opened.createWorkspace()
  const requests = [0, 1, 2].map(() => requestOf({ workspaceId, requestModel, responseModel: null }))
  await using waiting = await spoolWith(requests)
  await waiting.drain.flush()
  expect(await idsOf(requests)).toHaveLength(3)
  expect(waiting.spool.badCount()).toBe(0)
  const usage = await opened.store.inSystem(({ db }) =>
    db.selectFrom('usageHour').select(['model', 'requests']).where('workspaceId', '=', workspaceId).execute(),
  )
  expect(usage).toEqual([{ model: expect.any(String), requests: 3 }])
  expect(requestModel.startsWith(usage[0]!.model)).toBe(true)
})

test.each(['54000', '0A000', 'P0001'])(
  'one row that the database refuses with %s is put aside, and those of everybody else arrive',
  async (state) => {
    const requests = [...Array.from({ length: 9 }, () => named('fine')), named('poison'), named('fine')]
    await using _refusal = await refusing('poison', state)
    await using waiting = await spoolWith(requests)
    await waiting.drain.flush()
    expect(await idsOf(requests)).toHaveLength(10)
    expect(waiting.spool.badCount()).toBe(1)
    expect(await waiting.spool.next()).toBeNull()
  },
)

test.each(['08006', '25006', '40P01', '42501', '53100', '57P01', '58030', 'XX000'])(
  'while the database is in no state to take rows (%s) none is put aside, and all arrive afterwards',
  async (state) => {
    const requests = [named('hold'), named('hold')]
    const refusal = await refusing('hold', state)
    await using waiting = await spoolWith(requests)
    await expect(waiting.drain.flush()).rejects.toMatchObject({ code: state })
    await refusal[Symbol.asyncDispose]()
    expect(waiting.spool.badCount()).toBe(0)
    await waiting.drain.flush()
    expect(await idsOf(requests)).toEqual(requests.map(({ id }) => id).toSorted())
  },
)

test('a record that an earlier version spooled arrives with what it could not say left empty', async () => {
  const request = named('of an earlier version')
  for (const field of Object.keys(laterRecordFields)) delete (request as Record<string, unknown>)[field]
  await using waiting = await spoolWith([request])
  await waiting.drain.flush()
  expect(waiting.spool.badCount()).toBe(0)
  const row = await opened.store.inWorkspace(request.workspaceId, (scope) => findRequest(scope, request.id))
  expect(row).toEqual({ ...request, ...laterRecordFields })
})
