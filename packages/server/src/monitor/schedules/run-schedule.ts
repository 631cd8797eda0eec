import { createHash } from 'node:crypto'
import {
  AssayError,
  DAY_MS,
  isAssayError,
  isEnded,
  missedAlert,
  MINUTE_MS,
  NANO_USD_PER_USD,
  timestamp,
} from '@assay/core'
import {
  addScheduleRun,
  findRegressionTest,
  findRun,
  lockSchedule,
  scheduleUses,
  updateSchedule,
  type ScheduleRow,
  type ScheduleUse,
  type WorkspaceScope,
} from '@assay/store'
import type { App } from '../../app.ts'
import { nextDue, timesBetween } from './schedule-times.ts'
import { queueRunIn } from '../runs/run-tests.ts'

/** A run that begins later than this was missed: the service was not there. */
const LATE_MS = 5 * MINUTE_MS

type Needed = Pick<App, 'store' | 'now' | 'alerts'>

/**
 * Queues the run of a schedule that is due, however often it was missed, and moves the schedule on: one transaction.
 * Nothing when another has done so.
 */
export const runDueSchedule = async (
  app: Needed,
  scope: WorkspaceScope,
  due: { id: string; nextAt: string },
): Promise<void> => {
  const schedule = await lockSchedule(scope, due.id)
  if (schedule === null || schedule.paused || schedule.nextAt !== due.nextAt) return
  const now = app.now()
  const runId = scheduledRunId({ scheduleId: schedule.id, nextAt: schedule.nextAt })
  const outcome = await begin(app, scope, { schedule, runId })
  await tellMissed(app, scope, { schedule, isRun: outcome === QUEUED })
  await updateSchedule(scope, {
    id: schedule.id,
    nextAt: nextDue({ ...schedule, workspaceId: scope.workspaceId }, now) ?? FOREVER,
    lastAt: timestamp(now),
    lastOutcome: outcome,
  })
}

const QUEUED = 'queued'
/** When a line is due that will never be due again. */
const FOREVER = '9999-12-31T00:00:00.000Z'

const begin = async (
  app: Needed,
  scope: WorkspaceScope,
  { schedule, runId }: { schedule: ScheduleRow; runId: string },
): Promise<string> => {
  const use = await useOf(app, scope, schedule.id)
  if (use.openRunId !== null) return 'skipped: the run before it had not ended'
  if (use.spentNanoUsd >= schedule.dailyBudgetNanoUsd && schedule.dailyBudgetNanoUsd > 0) {
    return 'skipped: its budget of the day was used'
  }
  const earlier = await findRun(scope, runId)
  if (earlier !== null) return isEnded(earlier) ? 'skipped: it ran already' : 'skipped: it is running'
  try {
    await queueScheduleRun(app, scope, { schedule, use, runId, trigger: 'cron' })
    return QUEUED
  } catch (error) {
    if (isAssayError(error, 'monitor.nothing_to_run')) return 'skipped: no test matched'
    throw error
  }
}

/** Queues the tests of a schedule, with what is left of its budget. */
export const queueScheduleRun = async (
  app: Pick<App, 'store' | 'now'>,
  scope: WorkspaceScope,
  wanted: { schedule: ScheduleRow; use: ScheduleUse; runId: string; trigger: 'cron' | 'manual' },
): Promise<{ runId: string; tests: number }> => {
  const { schedule, use, runId, trigger } = wanted
  const { id: scheduleId, tag, testIds, environment, dailyBudgetNanoUsd } = schedule
  const named = testIds.length > 0 ? await living(scope, testIds) : null
  const queued = await queueRunIn(app, scope, {
    id: runId,
    trigger,
    environment,
    maxCostUsd: Math.max(0, dailyBudgetNanoUsd - use.spentNanoUsd) / NANO_USD_PER_USD,
    ...(named === null ? (tag === null ? { runAll: true } : { tag }) : { testIds: named }),
  })
  await addScheduleRun(scope, { scheduleId, runId, at: timestamp(app.now()) })
  return queued
}

/** Of the tests that a schedule names those that are not put away. */
const living = async (scope: WorkspaceScope, testIds: readonly string[]): Promise<string[]> => {
  const ids: string[] = []
  for (const id of testIds) {
    const test = await findRegressionTest(scope, id)
    if (test !== null && test.state !== 'retired') ids.push(id)
  }
  if (ids.length === 0) throw new AssayError('monitor.nothing_to_run', { selection: 'the tests that it names' })
  return ids
}

/** What the runs of one schedule say of it today. */
export const useOf = async (app: Pick<App, 'now'>, scope: WorkspaceScope, id: string): Promise<ScheduleUse> =>
  (await scheduleUses(scope, { since: startOfDay(app.now()), ids: [id] })).get(id) ?? {
    lastRunId: null,
    openRunId: null,
    spentNanoUsd: 0,
  }

/** When the UTC day began. */
export const startOfDay = (now: number): string => timestamp(Math.floor(now / DAY_MS) * DAY_MS)

/** Where nothing was there to run nobody is told that it was missed. */
const tellMissed = async (
  { alerts, now }: Needed,
  scope: WorkspaceScope,
  { schedule, isRun }: { schedule: ScheduleRow; isRun: boolean },
): Promise<void> => {
  const isLate = now() - Date.parse(schedule.nextAt) > LATE_MS
  if (!isLate) {
    await alerts.resolveIn(scope, { rule: 'schedule.missed', object: schedule.id })
    return
  }
  if (!isRun) return
  const missed = timesBetween(schedule, { from: schedule.nextAt, to: now() })
  await alerts.raiseIn(scope, missedAlert({ ...schedule, missed, since: schedule.nextAt }))
}

/** A UUID of version 8 (RFC 9562 §5.8) out of what makes the run the one it is. */
const scheduledRunId = ({ scheduleId, nextAt }: { scheduleId: string; nextAt: string }): string => {
  const bytes = createHash('sha256').update(`${scheduleId} ${nextAt}`).digest()
  bytes[6] = (bytes[6]! & 0x0f) | 0x80
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  return bytes.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
