import { DAY_MS, HOUR_MS, timestamp } from '@assay/core'
import {
  acknowledgeAlert,
  type AlertChannelRow,
  finishDelivery,
  forgetChannel,
  insertAlertChannel,
  insertAlertRule,
  insertDeliveries,
  listAlertDeliveries,
  listAlertRules,
  listAlerts,
  markNoticeDelivered,
  raiseAlert,
  type RaisedAlert,
  removeAlertChannel,
  removeAlertRule,
  resolveAlert,
  takeDueDeliveries,
  toldChannels,
  updateAlertRule,
  waitingNotices,
  type WorkspaceScope,
  workspacesToTell,
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

  test('a message goes to a channel once, is taken by one at a time, and only who holds it says what became of it', async () => {
    const { store, workspaceId, raise, notices } = await begin()
    const other = await begin()
    await raise(0)
    const [notice] = await notices()
    const at = timestamp(start)
    const within = <Result>(work: (scope: WorkspaceScope) => Promise<Result>) => store.inWorkspace(workspaceId, work)
    const channel = channelOf(at)
    const delivery = deliveryOf({ at, alertId: notice!.alert.id, channelId: channel.id, noticeId: notice!.id })
    await within((scope) => insertAlertChannel(scope, channel))
    await within((scope) => insertDeliveries(scope, [delivery, { ...delivery, id: newId() }]))
    expect(await within((scope) => toldChannels(scope, notice!.alert.id))).toEqual(new Set([channel.id]))
    expect(await store.inSystem((system) => workspacesToTell(system, { now: at }))).toContain(workspaceId)
    const take = (now: string) =>
      within((scope) => takeDueDeliveries(scope, { now, heldUntil: timestamp(start + 60_000) }))
    const taken = await take(at)
    expect(taken).toMatchObject([{ delivery: { id: delivery.id, tries: 1 }, alert: { id: notice!.alert.id } }])
    expect(await take(at)).toEqual([])
    expect(await take(timestamp(start + 60_000))).toMatchObject([{ delivery: { id: delivery.id, tries: 2 } }])
    const outcome = { state: 'delivered', nextAt: null, lastError: null, deliveredAt: at } as const
    await within((scope) => finishDelivery(scope, { id: delivery.id, tries: 1, ...outcome })) // it was too late
    const list = () => within((scope) => listAlertDeliveries(scope, {}))
    expect((await list()).items).toMatchObject([{ state: 'waiting' }])
    await within((scope) => finishDelivery(scope, { id: delivery.id, tries: 2, ...outcome }))
    expect((await list()).items).toMatchObject([{ state: 'delivered', deliveredAt: at }])
    const theirs = await store.inWorkspace(other.workspaceId, (scope) => listAlertDeliveries(scope, {}))
    expect(theirs.items).toEqual([])
    expect(await within((scope) => removeAlertChannel(scope, channel.id))).toMatchObject({ id: channel.id })
    expect((await list()).items).toEqual([])
  })

  test('a rule is kept with its filter and forgets a channel that is gone', async () => {
    const { store, workspaceId } = await begin()
    const within = <Result>(work: (scope: WorkspaceScope) => Promise<Result>) => store.inWorkspace(workspaceId, work)
    const at = timestamp(start)
    const channelIds = [newId(), newId()]
    const made = {
      id: newId(),
      name: 'money',
      events: ['cost.high' as const],
      filter: { severities: ['critical' as const] },
      channelIds,
      enabled: true,
      mutedUntil: null,
      createdAt: at,
      updatedAt: at,
    }
    await within((scope) => insertAlertRule(scope, made))
    expect(await within(listAlertRules)).toEqual([made])
    await within((scope) => forgetChannel(scope, channelIds[0]!))
    const changed = await within((scope) => updateAlertRule(scope, { id: made.id, changes: { mutedUntil: at }, at }))
    expect(changed).toMatchObject({ channelIds: [channelIds[1]], mutedUntil: at, filter: made.filter })
    expect(await within((scope) => removeAlertRule(scope, made.id))).toMatchObject({ id: made.id })
    expect(await within(listAlertRules)).toEqual([])
  })
}

const channelOf = (at: string): AlertChannelRow => ({
  id: newId(),
  name: 'people',
  kind: 'email',
  recipients: ['ada@example.com'],
  url: null,
  origin: null,
  sealed: null,
  previousSealed: null,
  dataKeyId: null,
  graceUntil: null,
  enabled: true,
  disabledReason: null,
  createdAt: at,
  updatedAt: at,
})

const deliveryOf = (given: { at: string; alertId: string; channelId: string; noticeId: string }) => ({
  id: newId(),
  ruleId: null,
  kind: 'raised' as const,
  state: 'waiting' as const,
  title: 'Today costs more than usual.',
  tries: 0,
  nextAt: given.at,
  lastError: null,
  deliveredAt: null,
  ...given,
})
