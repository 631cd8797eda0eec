import {
  HOUR_MS,
  newRun,
  timestamp,
  type Alert,
  type FailureReceipt,
  type Page,
  type Run,
  type Schedule,
} from '@assay/core'
import { insertRun } from '@assay/store'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startService, type TestService } from '../../__fixtures__/service.ts'
import { closeAbandonedRuns } from '../runs/abandoned-runs.ts'
import { runRegressionTestsJob } from '../runs/execute-run.ts'
import { nextDue } from './schedule-times.ts'
import { DEFAULT_CRON, runDueSchedules, scheduleWorkspace } from './scheduler.ts'

const workspaceId = '0199c3f2-77aa-7c41-9d55-0a3f0e6d1b2c'

const daily = { cron: DEFAULT_CRON, timeZone: 'UTC', workspaceId, isDefault: true }
const next = (after: string): string => nextDue(daily, Date.parse(after))!

test('the next time is the next one of the schedule, the same few minutes later for one workspace', () => {
  const first = Date.parse(next('2026-02-28T17:59:00.000Z'))
  const spread = first - Date.parse('2026-02-28T18:00:00.000Z')
  expect(spread).toBeGreaterThanOrEqual(0)
  expect(spread).toBeLessThan(5 * 60_000)
  expect(Date.parse(next(timestamp(first)))).toBe(first + 6 * HOUR_MS)
  // What a person has written is due when it says.
  expect(nextDue({ ...daily, isDefault: false }, first)).toBe('2026-03-01T00:00:00.000Z')
})

test('a leap day and a year’s end are days like others', () => {
  expect(next('2028-02-28T18:10:00.000Z')).toContain('2028-02-29T00')
  expect(next('2026-12-31T18:10:00.000Z')).toContain('2027-01-01T00')
})

let service: TestService
beforeAll(async () => {
  service = await startService({ environment: { ASSAY_ROLES: 'gateway,web' } })
  await scheduleWorkspace(service.app, service.app.local.workspace.id)
  const body = {
    name: 'ScheduleError',
    message: 'The answer is late',
    category: 'validation',
    request: { model: 'sim/echo', messages: [{ role: 'user', content: 'hello' }] },
  }
  for (let count = 0; count < 3; count++) await service.call<FailureReceipt>('POST /api/v1/failures', { body })
})
afterAll(() => service[Symbol.asyncDispose]())

const cronRuns = async (): Promise<Run[]> => {
  const { body } = await service.call<Page<Run>>('GET /api/v1/runs')
  return body.items.filter(({ trigger }) => trigger === 'cron')
}

test('three days of absence are caught up with one run, and the next is in the future', async () => {
  const { app } = service
  await runDueSchedules(app)
  expect(await cronRuns()).toEqual([])
  const now = app.now() + 72 * HOUR_MS
  const later = { ...app, now: () => now }
  await runDueSchedules(later)
  await runDueSchedules(later)
  expect(await cronRuns()).toMatchObject([{ status: 'queued', trigger: 'cron', environment: 'production' }])
  const [schedule] = await app.store.inSystem(({ db }) => db.selectFrom('schedules').selectAll().execute())
  expect(schedule!.nextAt > timestamp(now)).toBe(true)
  const { body } = await service.call<Page<Alert>>('GET /api/v1/alerts?rule=schedule.missed')
  expect(body.items).toMatchObject([
    { object: schedule!.id, count: 1, resolvedAt: null, details: { missed: expect.any(Number) as number } },
  ])
  expect(body.items[0]!.details['missed']).toBeGreaterThanOrEqual(11)
  expect(body.items[0]!.details['missed']).toBeLessThanOrEqual(13)
})

test('a due run is skipped while the one before it has not ended', async () => {
  const now = service.app.now() + 100 * HOUR_MS
  await runDueSchedules({ ...service.app, now: () => now })
  expect(await cronRuns()).toHaveLength(1)
})

test('a run that was cut and whose job is gone is closed with a reason, and its schedule runs again', async () => {
  const { app } = service
  await app.store.inSystem(({ db }) => db.updateTable('runs').set({ status: 'completed' }).execute())
  const cut = app.createId()
  const at = timestamp(app.now())
  await app.store.inWorkspace(app.local.workspace.id, (scope) =>
    insertRun(scope, {
      ...newRun({ id: cut, name: 'cut', trigger: 'cron', environment: 'production', createdAt: at }),
      status: 'running',
      startedAt: at,
    }),
  )
  const before = (await cronRuns()).length
  const now = app.now() + 150 * HOUR_MS
  await runDueSchedules({ ...app, now: () => now })
  const { body } = await service.call<Run>(`GET /api/v1/runs/${cut}`)
  expect(body).toMatchObject({ status: 'failed', error: expect.stringContaining('cut short') as string })
  expect(body.finishedAt).not.toBeNull()
  const after = await cronRuns()
  expect(after).toHaveLength(before + 1)
  // What does wait for its job is left alone.
  await closeAbandonedRuns(app, app.local.workspace.id)
  expect(await cronRuns()).toEqual(after)
})

test('a stop spends no try of a run: however often the service stops, the run waits whole for the next one', async () => {
  const { app } = service
  const pending = () => app.store.jobs.pending(runRegressionTestsJob.name)
  const payload = runRegressionTestsJob.payload.parse((await pending()).at(-1)!.payload)
  const stopping = AbortSignal.abort()
  for (let stops = 1; stops <= 5; stops++) {
    const before = (await pending()).length
    // What the queue sees as a failure counts as a try; so it must not see one.
    await runRegressionTestsJob.run({ ...app, stopping }, payload, stopping)
    const after = await pending()
    expect(after).toHaveLength(before + 1)
    expect(after.at(-1)!.payload).toEqual(payload)
  }
})

test('queued and not yet moved on, the same due time is not queued twice', async () => {
  const { app } = service
  await app.store.inSystem(({ db }) => db.updateTable('runs').set({ status: 'completed' }).execute())
  const now = app.now() + 200 * HOUR_MS
  const runs = await cronRuns()
  const later = { ...app, now: () => now }
  const [before] = await app.store.inSystem(({ db }) => db.selectFrom('schedules').selectAll().execute())
  await runDueSchedules(later)
  await app.store.inSystem(({ db }) => db.updateTable('runs').set({ status: 'completed' }).execute())
  await app.store.inSystem(({ db }) => db.updateTable('schedules').set({ nextAt: before!.nextAt }).execute())
  await runDueSchedules(later)
  expect(await cronRuns()).toHaveLength(runs.length + 1)
})

test('the default schedule is made once', async () => {
  await scheduleWorkspace(service.app, service.app.local.workspace.id)
  const rows = await service.app.store.inSystem(({ db }) => db.selectFrom('schedules').selectAll().execute())
  expect(rows).toHaveLength(1)
})

/** A schedule of its own, at a moment of its own, so that only it is due. */
const scheduleOf = async (body: object): Promise<Schedule> =>
  (await service.call<Schedule>('POST /api/v1/schedules', { body: { name: `at ${++made}`, ...body } })).body
let made = 0
const endRuns = (costNanoUsd: number | null = null) =>
  service.app.store.inSystem(({ db }) => db.updateTable('runs').set({ status: 'completed', costNanoUsd }).execute())
const dueAt = (moment: number) => runDueSchedules({ ...service.app, now: () => moment })
const look = async (id: string): Promise<Schedule> => (await service.call<Schedule>(`GET /api/v1/schedules/${id}`)).body
const onlyThis = async (id: string): Promise<void> => {
  await service.app.store.inSystem(({ db }) =>
    db.updateTable('schedules').set({ paused: true }).where('id', '!=', id).execute(),
  )
}

test('one that was missed is told of once, and its end when a run is in time again', async () => {
  const { app } = service
  const { id, next: due } = await scheduleOf({ cron: '30 4 * * *' })
  await onlyThis(id)
  const [first] = due.map((time) => Date.parse(time)) as [number]
  const missed = async () => (await service.call<Page<Alert>>(`GET /api/v1/alerts?object=${id}`)).body.items
  await endRuns()
  await dueAt(first + 30_000)
  expect(await missed()).toEqual([])
  await endRuns()
  await dueAt(first + 4 * 24 * HOUR_MS + HOUR_MS)
  expect(await missed()).toMatchObject([{ rule: 'schedule.missed', resolvedAt: null, details: { missed: 4 } }])
  await endRuns()
  await dueAt(Date.parse((await storedNext(id)) ?? '') + 1_000)
  expect(await missed()).toMatchObject([{ count: 1, resolvedAt: expect.any(String) as string }])
  const notices = await app.store.inSystem(({ db }) =>
    db
      .selectFrom('alertNotices')
      .innerJoin('alerts', 'alerts.id', 'alertNotices.alertId')
      .where('alerts.object', '=', id)
      .select('alertNotices.kind')
      .orderBy('alertNotices.at')
      .execute(),
  )
  expect(notices.map(({ kind }) => kind)).toEqual(['raised', 'resolved'])
})

const storedNext = async (id: string): Promise<string | undefined> =>
  (
    await service.app.store.inSystem(({ db }) =>
      db.selectFrom('schedules').select('nextAt').where('id', '=', id).execute(),
    )
  )[0]?.nextAt

test('what a schedule spent today is not spent again before tomorrow', async () => {
  const { id, next: due } = await scheduleOf({ cron: '0 10,14 * * *', dailyBudgetNanoUsd: 1_000 })
  await onlyThis(id)
  const day = due.map((time) => Date.parse(time)).find((time) => new Date(time).getUTCHours() === 10)!
  await service.app.store.inSystem(({ db }) =>
    db
      .updateTable('schedules')
      .set({ nextAt: timestamp(day) })
      .where('id', '=', id)
      .execute(),
  )
  const count = (await cronRuns()).length
  await endRuns()
  await dueAt(day + 1_000)
  expect(await cronRuns()).toHaveLength(count + 1)
  expect((await cronRuns()).map(({ settings }) => settings.maxCostUsd)).toContain(1_000 / 1e9)
  await endRuns(1_000)
  await dueAt(day + 4 * HOUR_MS + 1_000)
  expect(await cronRuns()).toHaveLength(count + 1)
  expect(await look(id)).toMatchObject({ lastOutcome: 'skipped: its budget of the day was used' })
  await dueAt(day + 24 * HOUR_MS + 1_000)
  expect(await cronRuns()).toHaveLength(count + 2)
})

test('a paused one is not run and catches up with nothing; run now runs it once', async () => {
  const { id } = await scheduleOf({ cron: '*/5 * * * *', tag: 'sim' })
  await onlyThis(id)
  await service.call(`POST /api/v1/schedules/${id}/pause`, { body: {} })
  expect(await look(id)).toMatchObject({ paused: true, next: [] })
  await endRuns()
  const count = (await cronRuns()).length
  await dueAt(service.app.now() + 900 * HOUR_MS)
  expect(await cronRuns()).toHaveLength(count)
  const { body: on } = await service.call<Schedule>(`POST /api/v1/schedules/${id}/pause`, { body: { paused: false } })
  expect(Date.parse(on.next[0]!)).toBeGreaterThan(service.app.now())
  const none = await service.call<Problem>(`POST /api/v1/schedules/${id}/run`)
  expect(none).toMatchObject({ status: 404, body: { error: { code: 'monitor.nothing_to_run' } } })
  await service.call(`PATCH /api/v1/schedules/${id}`, { body: { tag: null } })
  const now = await service.call<{ runId: string }>(`POST /api/v1/schedules/${id}/run`)
  expect(now.status).toBe(202)
  expect(await look(id)).toMatchObject({ lastRunId: now.body.runId, lastAt: null })
  const again = await service.call<Problem>(`POST /api/v1/schedules/${id}/run`)
  expect(again).toMatchObject({ status: 409, body: { error: { code: 'schedules.busy' } } })
})

type Problem = { error: { code: string; details?: { issues?: { path: string; message: string }[] } } }

test('what cannot be is refused, named, and changes nothing', async () => {
  const refused = async (body: object, status: number, code: string, issue?: { path: string; says: string }) => {
    const answer = await service.call<Problem>('POST /api/v1/schedules', { body: { name: 'never', ...body } })
    expect(answer).toMatchObject({ status, body: { error: { code } } })
    if (!issue) return
    expect(answer.body.error.details!.issues).toMatchObject([
      { path: issue.path, message: expect.stringContaining(issue.says) as string },
    ])
  }
  const invalid = 'input.invalid'
  await refused({ cron: '61 * * * *' }, 400, invalid, { path: 'cron', says: 'minute 61: 61 is not from 0 to 59' })
  await refused({ cron: '* * *' }, 400, invalid, { path: 'cron', says: '3 of 5 fields' })
  await refused({ cron: '0 0 * * MOON' }, 400, invalid, { path: 'cron', says: 'day of week' })
  await refused({ cron: '0 0 30 2 *' }, 400, invalid, { path: 'cron', says: 'never due' })
  await refused({ cron: '0 0 * * *', timeZone: 'Mars/Olympus' }, 400, invalid, {
    path: 'timeZone',
    says: 'Mars/Olympus',
  })
  await refused({ cron: '0 0 * * *', budget: 1 }, 400, invalid)
  const id = '0199c3f2-77aa-7c41-9d55-0a3f0e6d1b2c'
  await refused({ cron: '0 0 * * *', testIds: [id] }, 404, 'resource.not_found')
  await refused({ cron: '0 0 * * *', tag: 'a', testIds: [id] }, 400, invalid, { path: 'testIds', says: 'not both' })
  await refused({ cron: '0 0 * * *', name: 'every 6 hours' }, 409, 'schedules.name_taken')
  const { body } = await service.call<{ items: Schedule[] }>('GET /api/v1/schedules')
  expect(body.items.map(({ name }) => name)).not.toContain('never')
  const [standing] = body.items
  expect(standing).toMatchObject({ isDefault: true, cron: DEFAULT_CRON, dailyBudgetNanoUsd: 1e9, timeZone: 'UTC' })
  const removed = await service.call<Problem>(`DELETE /api/v1/schedules/${standing!.id}`)
  expect(removed).toMatchObject({ status: 409, body: { error: { code: 'schedules.default_stays' } } })
  for (const route of [
    `GET /api/v1/schedules/${id}`,
    `DELETE /api/v1/schedules/${id}`,
    `POST /api/v1/schedules/${id}/run`,
  ]) {
    expect((await service.call<Problem>(route)).body.error.code).toBe('resource.not_found')
  }
  expect(await service.call<Problem>('GET /api/v1/schedules/preview?cron=0%2025%20*%20*%20*')).toMatchObject({
    status: 400,
  })
  const preview = await service.call<{ next: string[] }>(
    'GET /api/v1/schedules/preview?cron=0%209%20*%20*%201-5&timeZone=Asia/Tokyo',
  )
  expect(preview.body.next).toHaveLength(3)
  expect(preview.body.next[0]).toContain('T00:00:00.000Z')
})
