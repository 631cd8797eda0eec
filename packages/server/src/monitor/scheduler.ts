import { createHash } from 'node:crypto'
import { isAssayError, isEnded, MINUTE_MS, SECOND_MS, timestamp } from '@assay/core'
import { advanceSchedule, dueSchedules, ensureDefaultSchedule, findRun, listRuns, listWorkspaces } from '@assay/store'
import { Cron } from 'croner'
import type { App } from '../app.ts'
import { closeAbandonedRuns } from './abandoned-runs.ts'
import { queueRun } from './run-tests.ts'

/** Every workspace's tests, four times a day. */
export const DEFAULT_CRON = '0 */6 * * *'
const TICK_MS = 30 * SECOND_MS
const SPREAD_MS = 5 * MINUTE_MS

/** When a schedule is due next, after the given time; spread a little so that not all workspaces start at once. */
export const nextTime = ({
  cron,
  workspaceId,
  after,
}: {
  cron: string
  workspaceId: string
  after: number
}): string => {
  const spreadMs = digestOf(workspaceId).readUInt32BE(0) % SPREAD_MS
  const next = new Cron(cron, { timezone: 'UTC' }).nextRun(new Date(after - spreadMs))
  if (next === null) throw new Error(`the schedule ${cron} has no next time`)
  return timestamp(next.getTime() + spreadMs)
}

/** Gives the workspace its default schedule, once. */
export const scheduleWorkspace = (app: Pick<App, 'store' | 'createId' | 'now'>, workspaceId: string): Promise<void> =>
  app.store.inWorkspace(workspaceId, async (scope) => {
    const nextAt = nextTime({ cron: DEFAULT_CRON, workspaceId, after: app.now() })
    await ensureDefaultSchedule(scope, { id: app.createId(), cron: DEFAULT_CRON, nextAt })
  })

/** Closes what earlier processes have left, then looks for due schedules now and every half minute, until the service stops. */
export const startScheduler = (app: App): (() => void) => {
  let busy = closeEverywhere(app).catch((error: unknown) => app.log.error({ error }, 'old runs could not be closed'))
  const tick = (): void => {
    busy = busy
      .then(() => runDueSchedules(app))
      .catch((error: unknown) => app.log.error({ error }, 'the scheduler could not look for due runs'))
  }
  tick()
  const timer = setInterval(tick, TICK_MS)
  return () => clearInterval(timer)
}

const closeEverywhere = async (app: App): Promise<void> => {
  for (const { id } of await app.store.inSystem(listWorkspaces)) await closeAbandonedRuns(app, id)
}

/**
 * Queues one run for each schedule that is due, however often it was missed. The run's id follows from the schedule
 * and its time, so that a crash between queueing and moving on does not queue it twice.
 */
export const runDueSchedules = async (app: Pick<App, 'store' | 'now' | 'log'>): Promise<void> => {
  const now = timestamp(app.now())
  for (const schedule of await app.store.inSystem((system) => dueSchedules(system, now))) {
    await queueScheduledRun(app, schedule)
    const nextAt = nextTime({ cron: schedule.cron, workspaceId: schedule.workspaceId, after: app.now() })
    await app.store.inSystem((system) => advanceSchedule(system, { id: schedule.id, nextAt, now }))
  }
}

type Due = Awaited<ReturnType<typeof dueSchedules>>[number]

const queueScheduledRun = async (app: Pick<App, 'store' | 'now' | 'log'>, schedule: Due): Promise<void> => {
  const { id: scheduleId, workspaceId, nextAt } = schedule
  const runId = scheduledRunId({ scheduleId, nextAt })
  await closeAbandonedRuns(app, workspaceId)
  const isBusy = await app.store.inWorkspace(workspaceId, async (scope) => {
    if ((await findRun(scope, runId)) !== null) return true
    const { items } = await listRuns(scope, { limit: 50, trigger: 'cron' })
    return items.some((run) => run.suiteId === null && !isEnded(run))
  })
  if (isBusy) return app.log.info({ scheduleId }, 'a scheduled run is skipped while the one before it runs')
  try {
    await queueRun(app, workspaceId, { id: runId, runAll: true, trigger: 'cron', environment: 'production' })
  } catch (error) {
    if (!isAssayError(error, 'monitor.nothing_to_run')) throw error
  }
}

/** A UUID of version 8 (RFC 9562 §5.8) out of what makes the run the one it is. */
const scheduledRunId = ({ scheduleId, nextAt }: { scheduleId: string; nextAt: string }): string => {
  const bytes = digestOf(`${scheduleId} ${nextAt}`)
  bytes[6] = (bytes[6]! & 0x0f) | 0x80
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  return bytes.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest()
