import { HOUR_MS, type Alert, type FailureReceipt, type Page } from '@assay/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startService, type TestService } from '../../__fixtures__/service.ts'
import { watchGroups } from './watch-groups.ts'

let service: TestService
beforeAll(async () => void (service = await startService({ environment: { ASSAY_ROLES: 'gateway,web' } })))
afterAll(() => service[Symbol.asyncDispose]())

const report = async (message: string, times = 1): Promise<string> => {
  let id = ''
  for (let time = 0; time < times; time++) {
    const { body } = await service.call<FailureReceipt>('POST /api/v1/failures', {
      body: { name: 'RateError', message, environment: 'staging', tags: ['checkout'] },
    })
    id = body.group.id
  }
  return id
}

const alertsOf = async (object: string): Promise<Alert[]> =>
  (await service.call<Page<Alert>>(`GET /api/v1/alerts?rule=group.rate&object=${object}`)).body.items

test('a group that fails five times within an hour and never before is told of once, and again when it is over', async () => {
  const { app } = service
  const few = await report('the shelf is empty', 4)
  const many = await report('the lamp is broken', 6)
  await watchGroups(app)
  await watchGroups(app)
  expect(await alertsOf(few)).toEqual([])
  expect(await alertsOf(many)).toMatchObject([
    {
      severity: 'warning',
      resolvedAt: null,
      details: { lastHour: 6, usualAnHour: 0, environment: 'staging', tags: ['checkout'], occurrences: 6 },
    },
  ])
  const later = app.now() + 2 * HOUR_MS
  await watchGroups({ ...app, now: () => later })
  expect(await alertsOf(many)).toMatchObject([{ resolvedAt: expect.any(String) as string }])
})

test('a muted group tells nothing', async () => {
  const id = await report('the door is stuck', 7)
  await service.call(`PATCH /api/v1/failure-groups/${id}`, { body: { state: 'muted' } })
  await watchGroups(service.app)
  expect(await alertsOf(id)).toEqual([])
})
