import { SECOND_MS, timestamp } from '@assay/core'
import { dueSchedules, ensureDefaultSchedule, listWorkspaces } from '@assay/store'
import type { App } from '../../app.ts'
import { closeAbandonedRuns } from '../runs/abandoned-runs.ts'
import { runDueSchedule } from './run-schedule.ts'
import { nextDue } from './schedule-times.ts'

/** Every workspace's tests, four times a day. */
export const DEFAULT_CRON = '0 */6 * * *'
const DEFAULT_NAME = 'every 6 hours'
const TICK_MS = 30 * SECOND_MS

/** Gives the workspace its default schedule, once. */
export const scheduleWorkspace = (app: Pick<App, 'store' | 'createId' | 'now'>, workspaceId: string): Promise<void> =>
  app.store.inWorkspace(workspaceId, async (scope) => {
    const timed = { cron: DEFAULT_CRON, timeZone: 'UTC', workspaceId, isDefault: true }
    const nextAt = nextDue(timed, app.now())!
    await ensureDefaultSchedule(scope, { id: app.createId(), name: DEFAULT_NAME, cron: DEFAULT_CRON, nextAt })
  })

/** Closes what earlier processes have left, then looks for due schedules now and every half minute, until the service stops. */
export const startScheduler = (app: App): (() => Promise<void>) => {
  let busy = beginEverywhere(app).catch((error: unknown) => app.log.error({ error }, 'old runs could not be closed'))
  const tick = (): void => {
    busy = busy
      .then(() => runDueSchedules(app))
      .catch((error: unknown) => app.log.error({ error }, 'the scheduler could not look for due runs'))
  }
  tick()
  const timer = setInterval(tick, TICK_MS)
  return async () => {
    clearInterval(timer)
    await busy
  }
}

const beginEverywhere = async (app: App): Promise<void> => {
  for (const { id } of await app.store.inSystem(listWorkspaces)) {
    await scheduleWorkspace(app, id)
    await closeAbandonedRuns(app, id)
  }
}

/** Runs each schedule that is due; one that cannot be run holds up no other. */
export const runDueSchedules = async (app: Pick<App, 'store' | 'now' | 'log' | 'alerts'>): Promise<void> => {
  const now = timestamp(app.now())
  const due = await app.store.inSystem((system) => dueSchedules(system, now))
  for (const workspaceId of new Set(due.map((schedule) => schedule.workspaceId))) {
    await closeAbandonedRuns(app, workspaceId)
  }
  for (const { workspaceId, ...schedule } of due) {
    try {
      await app.store.inWorkspace(workspaceId, (scope) => runDueSchedule(app, scope, schedule))
    } catch (error) {
      app.log.error({ error, scheduleId: schedule.id }, 'a due run could not be queued')
    }
  }
}
