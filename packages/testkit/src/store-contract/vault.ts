import { randomBytes } from 'node:crypto'
import { DAY_MS, timestamp } from '@assay/core'
import {
  countCiphertexts,
  countDataKeys,
  type CredentialRow,
  endGraces,
  findCredential,
  findDataKey,
  insertCredential,
  insertDataKey,
  invalidateCredential,
  listCredentials,
  listDataKeysOfOthers,
  listDueCredentials,
  readKeyCheck,
  removeCredential,
  rewrapDataKey,
  servingCredentials,
  setDefaultCredential,
  touchCredentials,
  updateCredential,
  type WorkspaceScope,
  writeKeyCheck,
} from '@assay/store'
import { expect, test } from 'vitest'
import { newId, type TestStore } from '../test-store.ts'

const token = (): Uint8Array => new Uint8Array(randomBytes(32))
const at = (offsetMs: number): string => timestamp(Date.now() + offsetMs)

/** Data keys, credentials and the key check. */
export const describeVault = (current: () => TestStore): void => {
  const begin = async () => {
    const { store, createWorkspace } = current()
    const { workspaceId } = await createWorkspace()
    const dataKey = { id: newId(), workspaceId, kekId: `k-${newId()}`, wrapped: token(), createdAt: at(0) }
    const inside = <Result>(work: (scope: WorkspaceScope) => Promise<Result>): Promise<Result> =>
      store.inWorkspace(workspaceId, work)
    await inside((scope) => insertDataKey(scope, dataKey))
    const credential = (changes: Partial<CredentialRow> = {}): CredentialRow => ({
      id: newId(),
      provider: 'compatible',
      name: newId(),
      baseUrl: 'http://127.0.0.1:1/v1',
      origin: 'http://127.0.0.1:1',
      options: { headers: { 'x-title': 'tests' } },
      hint: 'sk-…1234',
      sealed: token(),
      previousSealed: null,
      dataKeyId: dataKey.id,
      fingerprint: token(),
      isDefault: false,
      status: 'active',
      expiresAt: null,
      maxAgeDays: null,
      secretSetAt: at(0),
      graceUntil: null,
      lastUsedAt: null,
      lastCheckedAt: null,
      lastError: null,
      createdBy: 'person:1',
      createdAt: at(0),
      updatedAt: at(0),
      isRemoved: false,
      ...changes,
    })
    const add = async (changes: Partial<CredentialRow> = {}): Promise<CredentialRow> => {
      const row = credential(changes)
      await inside((scope) => insertCredential(scope, row))
      return row
    }
    const find = (id: string) => inside((scope) => findCredential(scope, id))
    return { store, workspaceId, dataKey, inside, credential, add, find }
  }

  test('credentials: one default, no equal secret, and nothing of the secret after removal', async () => {
    const { store, workspaceId, dataKey, inside, credential, add, find } = await begin()
    expect(await inside(findDataKey)).toEqual(dataKey)
    await expect(inside((scope) => insertDataKey(scope, { ...dataKey, id: newId() }))).rejects.toMatchObject({
      code: '23505',
    })
    expect(await store.inSystem(countCiphertexts)).toBeGreaterThan(0)

    const first = await add({ name: 'default', isDefault: true })
    const refused = [
      credential({ name: 'second', isDefault: true }),
      credential({ name: 'default' }),
      credential({ name: 'third', fingerprint: first.fingerprint }),
    ]
    for (const row of refused) {
      await expect(inside((scope) => insertCredential(scope, row))).rejects.toMatchObject({ code: '23505' })
    }
    expect(await find(first.id)).toEqual(first)
    expect(await inside(servingCredentials)).toEqual([first])
    await inside((scope) => updateCredential(scope, first.id, { previousSealed: token(), graceUntil: at(60_000) }))
    const removed = await inside((scope) => removeCredential(scope, { id: first.id, now: at(0) }))
    expect(removed).toMatchObject({ id: first.id, hint: first.hint })
    expect(await inside((scope) => removeCredential(scope, { id: first.id, now: at(0) }))).toBeNull()
    expect(await find(first.id)).toMatchObject({ isRemoved: true, previousSealed: null })
    expect(await inside((scope) => listCredentials(scope, {}))).toMatchObject({ items: [] })
    const { sealed } = await store.inSystem(({ db }) =>
      db.selectFrom('credentials').select('sealed').where('workspaceId', '=', workspaceId).executeTakeFirstOrThrow(),
    )
    expect(sealed).toHaveLength(0)
    await add({ name: 'default', fingerprint: first.fingerprint, isDefault: true })
  })

  test('the default moves in one statement, within its provider, and to itself', async () => {
    const { inside, add } = await begin()
    const first = await add({ isDefault: true })
    const second = await add()
    const other = await add({ provider: 'openai', isDefault: true })
    const defaults = async () => (await inside(servingCredentials)).filter((row) => row.isDefault).map(({ id }) => id)
    const choose = (id: string) => inside((scope) => setDefaultCredential(scope, { id, now: at(0) }))
    for (const chosen of [second, second, first]) {
      expect(await choose(chosen.id)).toMatchObject({ id: chosen.id, isDefault: true })
      expect((await defaults()).toSorted()).toEqual([chosen.id, other.id].toSorted())
    }
    expect(await choose(newId())).toBeNull()
    await Promise.allSettled(Array.from({ length: 10 }, (_, turn) => choose((turn % 2 ? first : second).id)))
    expect(await defaults()).toHaveLength(2)
  })

  test('a change touches only what it names, and what is removed does not change', async () => {
    const { inside, add, find } = await begin()
    const row = await add()
    expect(await inside((scope) => updateCredential(scope, row.id, { name: 'renamed' }))).toMatchObject({
      name: 'renamed',
    })
    expect(await find(row.id)).toEqual({ ...row, name: 'renamed' })
    await inside((scope) => updateCredential(scope, row.id, { options: {} }))
    expect(await find(row.id)).toMatchObject({ options: {} })
    await inside((scope) => removeCredential(scope, { id: row.id, now: at(0) }))
    expect(await inside((scope) => updateCredential(scope, row.id, { name: 'again' }))).toBeNull()
  })

  test('the time of the last use never goes back, and only what is active becomes invalid', async () => {
    const { inside, add, find } = await begin()
    const row = await add()
    const [early, late] = [at(-60_000), at(0)]
    for (const used of [late, early]) await inside((scope) => touchCredentials(scope, [{ id: row.id, at: used }]))
    expect(await find(row.id)).toMatchObject({ lastUsedAt: late })

    const refuse = (since: string) =>
      inside((scope) => invalidateCredential(scope, { id: row.id, now: at(0), reason: 'unauthorized', since }))
    expect(await refuse(at(-60_000)), 'refused with an earlier secret').toBeNull()
    expect(await refuse(at(60_000))).toMatchObject({ status: 'invalid', lastError: 'unauthorized' })
    expect(await refuse(at(60_000)), 'already').toBeNull()
  })

  test('a secret before the last rotation goes when its grace is over, and a due one is found', async () => {
    const { store, workspaceId, add, find } = await begin()
    const [over, kept] = [
      await add({ previousSealed: token(), graceUntil: at(-1) }),
      await add({ previousSealed: token(), graceUntil: at(60_000) }),
    ]
    const ended = await store.inSystem((system) => endGraces(system, { now: at(0) }))
    expect(ended).toContainEqual({ id: over.id, workspaceId })
    expect(await find(over.id)).toMatchObject({ previousSealed: null, graceUntil: null })
    expect(await find(kept.id)).toMatchObject({ previousSealed: kept.previousSealed })

    const due = await add({ maxAgeDays: 30, secretSetAt: at(-24 * DAY_MS) })
    await add({ maxAgeDays: 30, secretSetAt: at(-20 * DAY_MS) })
    const list = await store.inSystem((system) => listDueCredentials(system, { now: Date.now(), withinDays: 7 }))
    expect(list.filter((row) => row.workspaceId === workspaceId)).toMatchObject([{ id: due.id, maxAgeDays: 30 }])
  })

  test('a data key goes under another master key once, and is counted there', async () => {
    const { store, dataKey, inside } = await begin()
    const { id, kekId: from } = dataKey
    const kekId = `k-${newId()}`
    const change = { id, from, kekId, wrapped: token() }
    expect(await inside((scope) => rewrapDataKey(scope, change))).toBe(true)
    expect(await inside((scope) => rewrapDataKey(scope, change))).toBe(false)
    expect(await inside(findDataKey)).toMatchObject({ id, kekId, wrapped: change.wrapped })
    expect(await store.inSystem(countDataKeys)).toContainEqual({ kekId, dataKeys: 1 })
    const others = await store.inSystem((system) => listDataKeysOfOthers(system, { kekId, after: null, limit: 1_000 }))
    expect(others.map((row) => row.id)).not.toContain(id)
  })

  test('a foreign credential is an unknown one', async () => {
    const { store, add } = await begin()
    const { id } = await add({ isDefault: true })
    const { inside } = await begin()
    expect(await inside((scope) => findCredential(scope, id))).toBeNull()
    expect(await inside((scope) => setDefaultCredential(scope, { id, now: at(0) }))).toBeNull()
    expect(await inside((scope) => updateCredential(scope, id, { name: 'mine' }))).toBeNull()
    expect(await inside((scope) => removeCredential(scope, { id, now: at(0) }))).toBeNull()
    await store.inSystem(({ db }) => db.selectFrom('credentials').select('name').where('id', '=', id).execute())
  })

  test('the key check is one value, replaced when written again', async () => {
    const { store } = current()
    for (const value of [token(), token()]) {
      const check = { value, kekId: newId() }
      await store.inSystem((system) => writeKeyCheck(system, check))
      expect(await store.inSystem(readKeyCheck)).toEqual(check)
    }
  })
}
