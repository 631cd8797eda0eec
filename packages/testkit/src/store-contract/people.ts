import { randomBytes } from 'node:crypto'
import { timestamp } from '@assay/core'
import {
  appendAudit,
  createSession,
  createSignInLink,
  deleteSession,
  ensureLocalWorkspace,
  findBrokenAudit,
  findGatewayKey,
  findSession,
  insertGatewayKey,
  listGatewayKeys,
  listWorkspaces,
  revokeGatewayKey,
  takeSignInLink,
} from '@assay/store'
import { expect, test } from 'vitest'
import { gatewayKeyOf } from '../records.ts'
import { asSuperuser, newId, type TestStore } from '../test-store.ts'

const token = (): Uint8Array => new Uint8Array(randomBytes(32))
const at = (offsetMs: number): string => timestamp(Date.now() + offsetMs)

/** Workspaces, sign-in, keys and the audit. */
export const describePeople = (current: () => TestStore): void => {
  test('the workspace `local` is made once, however many ask at once', async () => {
    const { store } = current()
    const made = await Promise.all(
      Array.from({ length: 5 }, () =>
        store.inSystem((system) =>
          ensureLocalWorkspace(system, { workspaceId: newId(), personId: newId(), now: at(0) }),
        ),
      ),
    )
    expect(new Set(made.map(({ workspace }) => workspace.id)).size).toBe(1)
    expect(new Set(made.map(({ ownerId }) => ownerId)).size).toBe(1)
    expect(made[0]!.workspace).toMatchObject({ slug: 'local', tier: 'enterprise' })
    expect((await store.inSystem(listWorkspaces)).filter(({ slug }) => slug === 'local')).toHaveLength(1)
  })

  test('a sign-in link works once and not after its time; a session ends when it is ended', async () => {
    const { store, createWorkspace } = current()
    const { workspaceId, personId } = await createWorkspace()
    const [link, late, session] = [token(), token(), token()]
    await store.inSystem(async (system) => {
      await createSignInLink(system, { tokenHash: link, workspaceId, personId, expiresAt: at(60_000) })
      await createSignInLink(system, { tokenHash: late, workspaceId, personId, expiresAt: at(-1) })
    })
    const take = (tokenHash: Uint8Array) =>
      store.inSystem((system) => takeSignInLink(system, { tokenHash, now: at(0) }))
    expect(await take(link)).toEqual({ workspaceId, personId })
    expect(await take(link)).toBeNull()
    expect(await take(late)).toBeNull()

    const find = (now: string) => store.inSystem((system) => findSession(system, { tokenHash: session, now }))
    const expiresAt = at(60_000)
    await store.inSystem((system) =>
      createSession(system, { id: newId(), tokenHash: session, workspaceId, personId, expiresAt, now: at(0) }),
    )
    expect(await find(at(0))).toMatchObject({ workspace: { id: workspaceId }, person: { id: personId }, role: 'owner' })
    expect(await find(at(60_001))).toBeNull()
    await store.inSystem((system) => deleteSession(system, { tokenHash: session }))
    expect(await find(at(0))).toBeNull()
  })

  test('a gateway key is found by its hash alone, listed without it, and revoked for good', async () => {
    const { store, createWorkspace } = current()
    const { workspaceId } = await createWorkspace()
    const key = gatewayKeyOf({
      allowedModels: ['sim/*', 'a,"b"'],
      allowedProviders: ['sim'],
      credentialIds: [newId()],
      rpm: 60,
      tpm: 100_000,
      maxConcurrency: 4,
      budgetNanoUsd: 5_000_000_000_000,
      budgetWindow: 'day',
      maxCostPerRequestNanoUsd: 10_000_000,
      routePolicy: { order: 'weighted', weights: { 'openai/*': 2 } },
      cachePolicy: { mode: 'on', ttlSeconds: 60, perUser: true },
      retention: 'full',
      onFullDisk: 'shed',
      createdAt: at(0),
    })
    const hash = token()
    await store.inWorkspace(workspaceId, (scope) => insertGatewayKey(scope, { ...key, hash }))
    expect(await store.inSystem((system) => findGatewayKey(system, hash))).toEqual({ ...key, workspaceId })
    expect(await store.inSystem((system) => findGatewayKey(system, token()))).toBeNull()
    expect(await store.inWorkspace(workspaceId, (scope) => listGatewayKeys(scope, {}))).toEqual({
      items: [key],
      nextCursor: null,
    })
    const revoke = (now: string) =>
      store.inWorkspace(workspaceId, (scope) => revokeGatewayKey(scope, { id: key.id, now }))
    const revokedAt = at(0)
    expect(await revoke(revokedAt)).toEqual({ ...key, revokedAt })
    expect(await revoke(at(5_000))).toMatchObject({ revokedAt })
    expect(
      await store.inWorkspace(workspaceId, (scope) => revokeGatewayKey(scope, { id: newId(), now: at(0) })),
    ).toBeNull()
  })

  test('the audit is a chain: rows at once follow one another, nobody may change one, and a change is found', async () => {
    const { store, createWorkspace } = current()
    const { workspaceId } = await createWorkspace()
    const entry = {
      at: at(0),
      actor: 'person:1',
      action: 'key.create',
      target: 'x',
      after: { b: 1, a: ['ü', 1.5, null] },
    }
    await Promise.all(
      Array.from({ length: 5 }, () => store.inWorkspace(workspaceId, (scope) => appendAudit(scope, entry))),
    )
    const seqs = await store.inWorkspace(workspaceId, ({ db }) =>
      db.selectFrom('audit').select('seq').orderBy('seq').execute(),
    )
    expect(seqs.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5])

    for (const change of [
      () => store.inWorkspace(workspaceId, ({ db }) => db.updateTable('audit').set({ actor: 'nobody' }).execute()),
      () => store.inSystem(({ db }) => db.updateTable('audit').set({ actor: 'nobody' }).execute()),
      () => store.inSystem(({ db }) => db.deleteFrom('audit').execute()),
    ]) {
      await expect(change()).rejects.toMatchObject({ code: '42501' })
    }
    const broken = () => store.inWorkspace(workspaceId, findBrokenAudit)
    expect(await broken()).toBeNull()
    await asSuperuser(store, ({ db }) =>
      db
        .updateTable('audit')
        .set({ actor: 'nobody' })
        .where('workspaceId', '=', workspaceId)
        .where('seq', '=', 3)
        .execute(),
    )
    expect(await broken()).toBe(3)
  })
}
