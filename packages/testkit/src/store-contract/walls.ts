import { timestamp } from '@assay/core'
import {
  findFailureGroup,
  findRequest,
  insertRequests,
  insertRun,
  listRequests,
  recordFailure,
  type WorkspaceScope,
} from '@assay/store'
import { expect, test } from 'vitest'
import { diagnosisOf, failureOf, requestOf, runOf } from '../records.ts'
import { asSuperuser, newId, type TestStore } from '../test-store.ts'

/**
 * Two walls between workspaces: every repository function asks for its workspace's rows, and the database gives no
 * others. Each is tested with the other one out of the way.
 */
export const describeWalls = (current: () => TestStore): void => {
  const furnish = async (): Promise<{ workspaceId: string; requestId: string; groupId: string }> => {
    const { store, createWorkspace } = current()
    const { workspaceId } = await createWorkspace()
    const request = requestOf({ workspaceId })
    await store.inSystem((system) => insertRequests(system, [request]))
    const { group } = await store.inWorkspace(workspaceId, (scope) =>
      recordFailure(scope, {
        failure: failureOf(),
        diagnosis: diagnosisOf(newId()),
        eventKey: null,
        userHash: null,
        threshold: 3,
      }),
    )
    return { workspaceId, requestId: request.id, groupId: group.id }
  }

  const look = async (scope: WorkspaceScope, { requestId, groupId }: { requestId: string; groupId: string }) => ({
    request: await findRequest(scope, requestId),
    group: await findFailureGroup(scope, groupId),
    listed: (await listRequests(scope, {})).items.length,
  })
  const nothing = { request: null, group: null, listed: 0 }

  test('a foreign id is an unknown id', async () => {
    const { store, createWorkspace } = current()
    const theirs = await furnish()
    const { workspaceId: ours } = await createWorkspace()
    expect(await store.inWorkspace(ours, (scope) => look(scope, theirs))).toEqual(nothing)
    expect(await store.inWorkspace(theirs.workspaceId, (scope) => look(scope, theirs))).toMatchObject({ listed: 1 })
  })

  test('with the first wall out of the way, the second one stands', async () => {
    const { store, createWorkspace } = current()
    const theirs = await furnish()
    const { workspaceId: ours } = await createWorkspace()
    // Every `where` asks for their workspace; the transaction is still ours.
    const asking = await store.inWorkspace(ours, (scope) => look({ ...scope, workspaceId: theirs.workspaceId }, theirs))
    expect(asking).toEqual(nothing)
    const writing = store.inWorkspace(ours, (scope) =>
      insertRun({ ...scope, workspaceId: theirs.workspaceId }, runOf()),
    )
    await expect(writing).rejects.toMatchObject({ code: '42501' })
  })

  test('with the second wall out of the way, the first one stands', async () => {
    const { store, createWorkspace } = current()
    const theirs = await furnish()
    const { workspaceId: ours } = await createWorkspace()
    expect(await asSuperuser(store, (scope) => look({ ...scope, workspaceId: ours }, theirs))).toEqual(nothing)
  })

  test('a transaction of no workspace sees no row, and one of no workspace at all is refused', async () => {
    const { store } = current()
    await furnish()
    const countAll = ({ db }: Pick<WorkspaceScope, 'db'>) => db.selectFrom('requests').select('id').execute()
    expect(await store.inWorkspace('', countAll)).toEqual([])
    await expect(store.inWorkspace('not an id', countAll)).rejects.toMatchObject({ code: '22P02' })
  })

  test('the application role changes nothing of the schema and reads neither sign-ins nor the queue', async () => {
    const { store, createWorkspace } = current()
    const { workspaceId } = await createWorkspace()
    const forbidden: ((scope: WorkspaceScope) => Promise<unknown>)[] = [
      ({ db }: WorkspaceScope) => db.schema.alterTable('requests').dropColumn('tags').execute(),
      ({ db }: WorkspaceScope) => db.selectFrom('sessions').selectAll().execute(),
      ({ db }: WorkspaceScope) => db.selectFrom('people').selectAll().execute(),
      ({ db }: WorkspaceScope) => db.withSchema('pgboss').selectFrom('runs').selectAll().execute(),
    ]
    for (const act of forbidden) {
      await expect(store.inWorkspace(workspaceId, act)).rejects.toMatchObject({ code: '42501' })
    }
  })

  test('a transaction inside another one is refused instead of waiting for itself', async () => {
    const { store, createWorkspace } = current()
    const { workspaceId } = await createWorkspace()
    const nested = store.inWorkspace(workspaceId, () => store.inSystem(async () => {}))
    await expect(nested).rejects.toThrow('inside another')
    expect(await store.inWorkspace(workspaceId, async () => 'still works')).toBe('still works')
  })

  test('role and workspace end with the transaction, also when it fails', async () => {
    const { store, createWorkspace } = current()
    const { workspaceId } = await createWorkspace()
    const failing = store.inWorkspace(workspaceId, async ({ db }) => {
      await db.selectFrom('runs').selectAll().execute()
      throw new Error(`undone at ${timestamp(Date.now())}`)
    })
    await expect(failing).rejects.toThrow('undone')
    const { role, workspace } = await store.inSystem(({ db }) =>
      db
        .selectNoFrom((eb) => [
          eb.fn<string>('current_setting', [eb.val('role')]).as('role'),
          eb.fn<string>('current_setting', [eb.val('app.workspace')]).as('workspace'),
        ])
        .executeTakeFirstOrThrow(),
    )
    expect({ role, workspace }).toEqual({ role: 'assay_system', workspace: '' })
  })
}
