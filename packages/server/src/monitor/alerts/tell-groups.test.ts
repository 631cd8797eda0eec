import type { Alert, FailureReceipt, Page } from '@assay/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startService, type TestService } from '../../__fixtures__/service.ts'

let service: TestService
beforeAll(async () => void (service = await startService({ environment: { ASSAY_ROLES: 'gateway,web' } })))
afterAll(() => service[Symbol.asyncDispose]())

const report = async (name: string, more: object = {}): Promise<FailureReceipt> =>
  (
    await service.call<FailureReceipt>('POST /api/v1/failures', {
      body: { name, message: `${name} is what went wrong`, release: '1', tags: ['checkout'], ...more },
    })
  ).body

const patch = (id: string, body: object) => service.call(`PATCH /api/v1/failure-groups/${id}`, { body })
const alertsOf = async (object: string): Promise<Alert[]> =>
  (await service.call<Page<Alert>>(`GET /api/v1/alerts?object=${object}`)).body.items
const noticesOf = (object: string): Promise<{ rule: string; kind: string }[]> =>
  service.app.store.inSystem(({ db }) =>
    db
      .selectFrom('alertNotices')
      .innerJoin('alerts', 'alerts.id', 'alertNotices.alertId')
      .where('alerts.object', '=', object)
      .select(['alerts.rule', 'alertNotices.kind'])
      .orderBy('alertNotices.id')
      .execute(),
  )

test('a new group is told of once; resolved in release 2 and back in release 3 it is told of once more, and once when it is over', async () => {
  const { id } = (await report('NewError')).group
  await report('NewError')
  expect(await alertsOf(id)).toMatchObject([
    {
      rule: 'group.new',
      count: 1,
      severity: 'warning',
      details: { occurrences: 1, environment: 'production', release: '1', tags: ['checkout'] },
    },
  ])
  await patch(id, { state: 'resolved', resolvedIn: '2' })
  await report('NewError', { release: '1' })
  expect(await noticesOf(id)).toEqual([
    { rule: 'group.new', kind: 'raised' },
    { rule: 'group.new', kind: 'resolved' },
  ])
  await report('NewError', { release: '3' })
  expect((await alertsOf(id)).map(({ rule }) => rule)).toContain('group.reopened')
  await patch(id, { state: 'resolved', resolvedIn: '4' })
  // Back again within 24 hours: silent, and so is its end.
  await report('NewError', { release: '4' })
  await patch(id, { state: 'resolved', resolvedIn: '5' })
  const reopened = (await noticesOf(id)).filter(({ rule }) => rule === 'group.reopened')
  expect(reopened.map(({ kind }) => kind)).toEqual(['raised', 'resolved'])
})

test('a group that is critical says so; a muted one says nothing', async () => {
  const quota = { message: 'You exceeded your current quota', providerCode: 'insufficient_quota', httpStatus: 429 }
  const { id } = (await report('RateLimitError', quota)).group
  expect(
    (await alertsOf(id))
      .map(({ rule, severity }) => [rule, severity])
      .toSorted(([one], [other]) => one!.localeCompare(other!)),
  ).toEqual([
    ['group.critical', 'critical'],
    ['group.new', 'critical'],
  ])
  const { id: muted } = (await report('QuietError')).group
  await patch(muted, { state: 'resolved' })
  await patch(muted, { state: 'muted' })
  const before = await noticesOf(muted)
  await report('QuietError')
  expect(await noticesOf(muted)).toEqual(before)
})

test('the third failure tells of its test; a group that becomes part of another is no news any more', async () => {
  const request = { model: 'sim/echo', messages: [{ role: 'user', content: 'a canary that nobody is told' }] }
  for (let time = 0; time < 2; time++) await report('TestError', { request })
  const { regressionTest, group } = await report('TestError', { request })
  const told = await alertsOf(regressionTest!.id)
  expect(told).toMatchObject([
    { rule: 'test.created', severity: 'info', details: { kind: 'regression', groupId: group.id, confidence: 75 } },
  ])
  expect(JSON.stringify([told, await alertsOf(group.id)])).not.toContain('canary')
  const { group: other } = await report('OtherError')
  await service.call(`POST /api/v1/failure-groups/${group.id}/merge`, { body: { into: other.id } })
  expect(await alertsOf(group.id)).toMatchObject([{ rule: 'group.new', resolvedAt: expect.any(String) as string }])
  expect(await alertsOf(other.id)).toMatchObject([{ rule: 'group.new', resolvedAt: null }])
})
