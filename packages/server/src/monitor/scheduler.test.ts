import { HOUR_MS, newRun, timestamp, type FailureReceipt, type Page, type Run } from '@assay/core'
import { insertRun } from '@assay/store'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startService, type TestService } from '../__fixtures__/service.ts'
import { closeAbandonedRuns } from './abandoned-runs.ts'
import { runRegressionTestsJob } from './execute-run.ts'
import { DEFAULT_CRON, nextTime, runDueSchedules, scheduleWorkspace } from './scheduler.ts'

const workspaceId = '0199c3f2-77aa-7c41-9d55-0a3f0e6d1b2c'

test('the next time is the next one of the schedule, the same few minutes later for one workspace', () => {
  const after = Date.parse('2026-02-28T17:59:00.000Z')
  const next = Date.parse(nextTime({ cron: DEFAULT_CRON, workspaceId, after }))
  const spread = next - Date.parse('2026-02-28T18:00:00.000Z')
  expect(spread).toBeGreaterThanOrEqual(0)
  expect(spread).toBeLessThan(5 * 60_000)
  expect(Date.parse(nextTime({ cron: DEFAULT_CRON, workspaceId, after: next }))).toBe(next + 6 * HOUR_MS)
})

test('a leap day and a year’s end are days like others', () => {
  for (const [after, day] of [
    ['2028-02-28T18:10:00.000Z', '2028-02-29T00'],
    ['2026-12-31T18:10:00.000Z', '2027-01-01T00'],
  ] as const) {
    expect(nextTime({ cron: DEFAULT_CRON, workspaceId, after: Date.parse(after) })).toContain(day)
  }
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
