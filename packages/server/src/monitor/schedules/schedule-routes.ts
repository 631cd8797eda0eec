import {
  AssayError,
  createSchedule,
  getSchedule,
  listSchedules,
  MOST_SCHEDULES,
  NEXT_RUNS,
  pauseSchedule,
  previewSchedule,
  removeSchedule,
  runSchedule,
  timestamp,
  updateSchedule,
  type Schedule,
} from '@assay/core'
import * as stored from '@assay/store'
import { implement, type Exchange } from '../../http/implement.ts'
import { closeAbandonedRuns } from '../runs/abandoned-runs.ts'
import { noteChange } from '../alerts/notify/audited.ts'
import { nextTimes } from './next-times.ts'
import { queueScheduleRun, startOfDay, useOf } from './run-schedule.ts'
import { nextDue, nextDues } from './schedule-times.ts'
import { scheduleWorkspace } from './scheduler.ts'

export const onListSchedules = implement(listSchedules, async ({ app, inWorkspace, member }) => {
  const list = () =>
    inWorkspace(async (scope) => {
      const rows = await stored.listSchedules(scope)
      const uses = await stored.scheduleUses(scope, { since: startOfDay(app.now()) })
      return rows.map((row) => toReply(app, scope, row, uses.get(row.id)))
    })
  const items = await list()
  if (items.some(({ isDefault }) => isDefault)) return { items }
  // A workspace that the scheduler has not come to yet.
  await scheduleWorkspace(app, member().workspaceId)
  return { items: await list() }
})

export const onGetSchedule = implement(getSchedule, ({ app, inWorkspace }, { params: { id } }) =>
  inWorkspace(async (scope) => replyOf(app, scope, known(id, await stored.findSchedule(scope, id)))),
)

export const onPreviewSchedule = implement(previewSchedule, ({ app }, { query }) => {
  const next = nextTimes(query, { after: app.now(), count: NEXT_RUNS })
  if (next.length === 0) return Promise.reject(neverDue(query.cron))
  return Promise.resolve({ next })
})

export const onCreateSchedule = implement(createSchedule, (exchange, { body }) =>
  exchange.inWorkspace(async (scope) => {
    const { app } = exchange
    const at = timestamp(app.now())
    const others = await stored.listSchedules(scope)
    refuseTwin(others, { id: null, name: body.name })
    if (others.length >= MOST_SCHEDULES) throw invalid('', `there are ${MOST_SCHEDULES} schedules already`)
    await refuseUnknownTests(scope, body)
    const row: stored.ScheduleRow = {
      ...body,
      id: app.createId(),
      paused: false,
      isDefault: false,
      nextAt: dueAfter(scope, { ...body, isDefault: false }, app.now()),
      lastAt: null,
      lastOutcome: null,
      createdAt: at,
      updatedAt: at,
    }
    await stored.insertSchedule(scope, row)
    const reply = toReply(app, scope, row, undefined)
    await noteChange(exchange, scope, { action: 'schedule.create', target: row.id, after: told(reply) })
    return reply
  }),
)

export const onUpdateSchedule = implement(updateSchedule, (exchange, { params: { id }, body }) =>
  exchange.inWorkspace(async (scope) => {
    const before = known(id, await stored.lockSchedule(scope, id))
    const changes: Partial<stored.ScheduleRow> = Object.fromEntries(
      Object.entries(body).filter(([, value]) => value !== undefined),
    )
    const wanted = { ...before, ...changes }
    refuseTwin(await stored.listSchedules(scope), wanted)
    await refuseUnknownTests(scope, wanted)
    const isMoved = wanted.cron !== before.cron || wanted.timeZone !== before.timeZone
    return change(exchange, scope, {
      before,
      changes: { ...changes, ...(isMoved ? { nextAt: dueAfter(scope, wanted, exchange.app.now()) } : {}) },
      action: 'schedule.update',
    })
  }),
)

export const onPauseSchedule = implement(pauseSchedule, (exchange, { params: { id }, body: { paused } }) =>
  exchange.inWorkspace(async (scope) => {
    const before = known(id, await stored.lockSchedule(scope, id))
    if (before.paused === paused) return replyOf(exchange.app, scope, before)
    return change(exchange, scope, {
      before,
      changes: { paused, ...(paused ? {} : { nextAt: dueAfter(scope, before, exchange.app.now()) }) },
      action: paused ? 'schedule.pause' : 'schedule.resume',
    })
  }),
)

export const onRunSchedule = implement(runSchedule, async (exchange, { params: { id } }) => {
  const { app, inWorkspace, member } = exchange
  await closeAbandonedRuns(app, member().workspaceId)
  return inWorkspace(async (scope) => {
    const schedule = known(id, await stored.lockSchedule(scope, id))
    const { name, dailyBudgetNanoUsd: limitNanoUsd } = schedule
    const use = await useOf(app, scope, id)
    if (use.openRunId !== null) throw new AssayError('schedules.busy', { name, runId: use.openRunId })
    const { spentNanoUsd } = use
    if (limitNanoUsd > 0 && spentNanoUsd >= limitNanoUsd) {
      throw new AssayError('schedules.budget_used', { name, spentNanoUsd, limitNanoUsd })
    }
    const queued = await queueScheduleRun(app, scope, { schedule, use, runId: app.createId(), trigger: 'manual' })
    await noteChange(exchange, scope, { action: 'schedule.run', target: id, after: { runId: queued.runId } })
    return queued
  })
})

export const onRemoveSchedule = implement(removeSchedule, (exchange, { params: { id } }) =>
  exchange.inWorkspace(async (scope) => {
    const row = known(id, await stored.lockSchedule(scope, id))
    if (row.isDefault) throw new AssayError('schedules.default_stays', { name: row.name })
    const reply = await replyOf(exchange.app, scope, row)
    await stored.removeSchedule(scope, id)
    await exchange.app.alerts.resolveIn(scope, { rule: 'schedule.missed', object: id })
    await noteChange(exchange, scope, { action: 'schedule.remove', target: id, before: told(reply) })
    return reply
  }),
)

const change = async (
  exchange: Exchange,
  scope: stored.WorkspaceScope,
  made: { before: stored.ScheduleRow; changes: Partial<stored.ScheduleRow>; action: string },
): Promise<Schedule> => {
  const { app } = exchange
  const { before, changes, action } = made
  const updatedAt = timestamp(app.now())
  const after = known(before.id, await stored.updateSchedule(scope, { id: before.id, ...changes, updatedAt }))
  const reply = await replyOf(app, scope, after)
  const earlier = told(toReply(app, scope, before, undefined))
  await noteChange(exchange, scope, { action, target: before.id, before: earlier, after: told(reply) })
  return reply
}

const replyOf = async (app: Exchange['app'], scope: stored.WorkspaceScope, row: stored.ScheduleRow) =>
  toReply(app, scope, row, await useOf(app, scope, row.id))

const toReply = (
  { now }: Pick<Exchange['app'], 'now'>,
  { workspaceId }: stored.WorkspaceScope,
  { nextAt, ...row }: stored.ScheduleRow,
  use: stored.ScheduleUse | undefined,
): Schedule => {
  const after = Math.max(now(), Date.parse(nextAt) - 1)
  return {
    ...row,
    next: row.paused ? [] : nextDues({ ...row, workspaceId }, { after, count: NEXT_RUNS }),
    lastRunId: use?.lastRunId ?? null,
    spentTodayNanoUsd: use?.spentNanoUsd ?? 0,
  }
}

/** What of a schedule people decide, for the audit trail. */
const told = ({ name, cron, timeZone, tag, testIds, environment, dailyBudgetNanoUsd, paused }: Schedule) => ({
  name,
  cron,
  timeZone,
  tag,
  testIds,
  environment,
  dailyBudgetNanoUsd,
  paused,
})

const dueAfter = (
  { workspaceId }: stored.WorkspaceScope,
  schedule: { cron: string; timeZone: string; isDefault: boolean },
  after: number,
): string => {
  const next = nextDue({ ...schedule, workspaceId }, after)
  if (next === null) throw neverDue(schedule.cron)
  return next
}

const refuseTwin = (others: readonly stored.ScheduleRow[], { id, name }: { id: string | null; name: string }): void => {
  if (others.some((other) => other.name === name && other.id !== id)) {
    throw new AssayError('schedules.name_taken', { name })
  }
}

const refuseUnknownTests = async (
  scope: stored.WorkspaceScope,
  { tag, testIds }: Pick<Schedule, 'tag' | 'testIds'>,
): Promise<void> => {
  if (tag !== null && testIds.length > 0) throw invalid('testIds', 'a schedule runs a tag or named tests, not both')
  for (const id of new Set(testIds)) {
    const test = await stored.findRegressionTest(scope, id)
    if (test === null) throw new AssayError('resource.not_found', { what: 'regression test', id })
  }
}

const known = (id: string, schedule: stored.ScheduleRow | null): stored.ScheduleRow => {
  if (schedule === null) throw new AssayError('resource.not_found', { what: 'schedule', id })
  return schedule
}

const neverDue = (cron: string): AssayError => invalid('cron', `${cron} is never due: no year has such a day`)

const invalid = (path: string, message: string): AssayError =>
  new AssayError('input.invalid', { what: 'schedule', issues: [{ path, message }] })
