import { DAY_MS, HOUR_MS, NANO_USD_PER_USD, timestamp, type Alert, type Page, type RequestRecord } from '@assay/core'
import { insertRequests } from '@assay/store'
import { requestOf } from '@assay/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startService, type TestService } from '../../__fixtures__/service.ts'
import { watchTraffic } from './watch-traffic.ts'

/** What traffic raises and ends by itself, from requests that were counted. */

let service: TestService
beforeAll(async () => {
  service = await startService()
})
afterAll(() => service[Symbol.asyncDispose]())

/** Noon of today in UTC, so that a day has its hours on both sides. */
const noon = Math.floor(Date.now() / DAY_MS) * DAY_MS + DAY_MS / 2

const count = async (number: number, request: Partial<RequestRecord>, atMs: number): Promise<void> => {
  const { app } = service
  const workspaceId = app.local.workspace.id
  const records = Array.from({ length: number }, () =>
    requestOf({ workspaceId, at: timestamp(atMs), latencyMs: 400, status: 'completed', ...request }),
  )
  await app.store.inSystem((system) => insertRequests(system, records))
}
const watch = (nowMs: number) => watchTraffic({ ...service.app, now: () => nowMs })
const open = async (rule: string): Promise<Alert[]> =>
  (await service.call<Page<Alert>>(`GET /api/v1/alerts?state=open&rule=${rule}`)).body.items

test('errors are found within ten minutes and over when they stop', async () => {
  await count(18, {}, noon)
  await count(3, { status: 'failed', errorCode: 'gateway.provider_failed' }, noon)
  await count(50, { status: 'cancelled' }, noon)
  await watch(noon + 60_000)
  expect(await open('errors.high')).toMatchObject([
    { object: 'workspace', details: { requests: 21, failed: 3 }, title: expect.stringContaining('14.3 %') },
  ])
  await count(30, {}, noon + 5 * 60_000)
  await watch(noon + 6 * 60_000)
  expect(await open('errors.high')).toHaveLength(1) // 3 of 51 are still more than one in twenty
  await watch(noon + 11 * 60_000)
  expect(await open('errors.high')).toEqual([])
})

test('a day that costs far more than its weekday is found, and over with the next day', async () => {
  const dollars = (usd: number) => ({ costNanoUsd: usd * NANO_USD_PER_USD, priced: true })
  for (const week of [1, 2]) await count(1, dollars(10), noon - week * 7 * DAY_MS)
  await count(1, dollars(14), noon)
  await watch(noon + 60_000)
  expect(await open('cost.high')).toEqual([])
  await count(1, dollars(4), noon)
  await watch(noon + 60_000)
  expect(await open('cost.high')).toMatchObject([
    { title: 'Today has cost $18.00 so far; this weekday usually costs $10.00', details: { daysCompared: 2 } },
  ])
  await count(1, {}, noon + DAY_MS)
  await watch(noon + DAY_MS + 60_000)
  expect(await open('cost.high')).toEqual([])
})

test('a model whose slowest answers take twice as long as in the week before is found by its name', async () => {
  const slow = { providerName: 'openai', responseModel: 'gpt-slow' }
  for (const day of [1, 2, 3]) await count(40, { ...slow, latencyMs: 500 }, noon - day * DAY_MS)
  await count(25, { ...slow, latencyMs: 2_500 }, noon)
  await watch(noon + 60_000)
  expect(await open('latency.high')).toMatchObject([{ object: 'openai/gpt-slow', details: { answers: 25 } }])
  await watch(noon + 3 * HOUR_MS)
  expect(await open('latency.high')).toEqual([])
})
