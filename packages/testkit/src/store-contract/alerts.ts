import { DAY_MS, HOUR_MS, timestamp } from '@assay/core'
import {
  acknowledgeAlert,
  listAlerts,
  markNoticeDelivered,
  raiseAlert,
  type RaisedAlert,
  resolveAlert,
  waitingNotices,
} from '@assay/store'
import { expect, test } from 'vitest'
import { newId, type TestStore } from '../test-store.ts'

/** Alerts and the notices they owe. */
export const describeAlerts = (current: () => TestStore): void => {
  const start = Date.parse('2026-03-01T12:00:00.000Z')
  const rule = 'cost.high'
  const object = 'workspace'
  const begin = async () => {
    const { store, createWorkspace } = current()
    const { workspaceId } = await createWorkspace()
    const raise = (atMs: number, changes: Partial<RaisedAlert> = {}) =>
      store.inWorkspace(workspaceId, (scope) =>
        raiseAlert(scope, {
          rule,
          object,
          severity: 'warning',
          title: 'Today costs more than usual.',
          details: { costNanoUsd: 2_000_000_000 },
          at: timestamp(start + atMs),
          ...changes,
        }),
      )
    const resolve = (atMs: number) =>
      store.inWorkspace(workspaceId, (scope) => resolveAlert(scope, { rule, object, at: timestamp(start + atMs) }))
    const notices = () => store.inWorkspace(workspaceId, (scope) => waitingNotices(scope))
    const list = (query: Parameters<typeof listAlerts>[1] = {}) =>
      store.inWorkspace(workspaceId, (scope) => listAlerts(scope, query))
    return { store, workspaceId, raise, resolve, notices, list }
  }

  test('one rule speaks once about one object in a day, however often it is raised, and says when it is over', async () => {
    const { raise, resolve, notices, list } = await begin()
    const first = await raise(0)
    expect(first).toMatchObject({ notice: 'raised', alert: { rule, object, count: 1, resolvedAt: null } })
    const again = await raise(HOUR_MS, { title: 'Even more.' })
    expect(again).toMatchObject({ notice: null, alert: { id: first.alert.id, count: 2, title: 'Even more.' } })
    expect(await resolve(2 * HOUR_MS)).toMatchObject({ notice: 'resolved' })
    expect(await resolve(2 * HOUR_MS)).toBeNull()
    // Back and gone again within the day: the list knows, nobody is told.
    expect(await raise(3 * HOUR_MS)).toMatchObject({ notice: null, alert: { id: first.alert.id, resolvedAt: null } })
    expect(await resolve(4 * HOUR_MS)).toMatchObject({ notice: null })
    const nextDay = await raise(DAY_MS + HOUR_MS)
    expect(nextDay).toMatchObject({ notice: 'raised', alert: { count: 1 } })
    expect(nextDay.alert.id).not.toBe(first.alert.id)
    expect((await notices()).map(({ kind, alert }) => [kind, alert.id])).toEqual([
      ['raised', first.alert.id],
      ['resolved', first.alert.id],
      ['raised', nextDay.alert.id],
    ])
    expect((await list()).items.map(({ id }) => id)).toEqual([nextDay.alert.id, first.alert.id])
    expect((await list({ state: 'open' })).items).toHaveLength(1)
  })

  test('what stays open is told again after a day', async () => {
    const { raise, notices } = await begin()
    const { alert } = await raise(0)
    expect(await raise(DAY_MS)).toMatchObject({ notice: 'raised', alert: { id: alert.id, count: 2 } })
    expect(await notices()).toHaveLength(2)
  })

  test('objects and workspaces have alerts of their own, and many at once make one', async () => {
    const [one, other] = [await begin(), await begin()]
    await other.raise(0)
    await one.raise(0, { object: 'another' })
    await Promise.all(Array.from({ length: 5 }, () => one.raise(0)))
    expect((await one.list({ object })).items).toMatchObject([{ count: 5 }])
    expect((await one.list()).items).toHaveLength(2)
    expect((await other.list()).items).toHaveLength(1)
  })

  test('a notice that was delivered waits no more, and who looks at an alert is noted once', async () => {
    const { store, workspaceId, raise, notices } = await begin()
    const { alert } = await raise(0)
    const [notice] = await notices()
    const at = timestamp(start + 1)
    await store.inWorkspace(workspaceId, (scope) => markNoticeDelivered(scope, { id: notice!.id, at }))
    expect(await notices()).toEqual([])
    const acknowledge = (id: string, actor: string) =>
      store.inWorkspace(workspaceId, (scope) => acknowledgeAlert(scope, { id, actor, at }))
    expect(await acknowledge(alert.id, 'person:a')).toMatchObject({ acknowledgedAt: at, acknowledgedBy: 'person:a' })
    expect(await acknowledge(alert.id, 'person:b')).toMatchObject({ acknowledgedBy: 'person:a' })
    expect(await acknowledge(newId(), 'person:a')).toBeNull()
  })
}
