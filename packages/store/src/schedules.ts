import type { Schedule } from '@assay/core'
import { type Selectable, sql } from 'kysely'
import type { Database } from './schema.ts'
import type { WorkspaceScope } from './scope.ts'

/** A schedule as it is kept; its next runs follow from it. */
export type ScheduleRow = Omit<Schedule, 'next' | 'lastRunId' | 'spentTodayNanoUsd'> & { nextAt: string }

/** Gives the workspace the schedule that every one has; nothing when it has it, changed or not. */
export const ensureDefaultSchedule = async (
  { db, workspaceId }: WorkspaceScope,
  { id, name, cron, nextAt }: Pick<ScheduleRow, 'id' | 'name' | 'cron' | 'nextAt'>,
): Promise<void> => {
  await db
    .insertInto('schedules')
    .values({ id, workspaceId, name, cron, nextAt, isDefault: true, tag: null, lastAt: null })
    .onConflict((conflict) => conflict.column('workspaceId').where('isDefault', '=', true).doNothing())
    .execute()
}

/** The schedules of the workspace: the one that every workspace has, then the others as they came. */
export const listSchedules = async ({ db, workspaceId }: WorkspaceScope): Promise<ScheduleRow[]> => {
  const rows = await db
    .selectFrom('schedules')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .orderBy('isDefault', 'desc')
    .orderBy('createdAt')
    .orderBy('id')
    .execute()
  return rows.map(toSchedule)
}

/** One schedule; null when unknown. */
export const findSchedule = async (scope: WorkspaceScope, id: string): Promise<ScheduleRow | null> => {
  const row = await selectSchedule(scope, id).executeTakeFirst()
  return row ? toSchedule(row) : null
}

/** The same, held until the transaction ends, so that no two queue its run. */
export const lockSchedule = async (scope: WorkspaceScope, id: string): Promise<ScheduleRow | null> => {
  const row = await selectSchedule(scope, id).forUpdate().executeTakeFirst()
  return row ? toSchedule(row) : null
}

/** Adds a schedule; the database refuses a name that is taken. */
export const insertSchedule = async ({ db, workspaceId }: WorkspaceScope, schedule: ScheduleRow): Promise<void> => {
  await db
    .insertInto('schedules')
    .values({ ...schedule, workspaceId })
    .execute()
}

/** Changes a schedule; null when unknown. */
export const updateSchedule = async (
  { db, workspaceId }: WorkspaceScope,
  { id, ...changes }: { id: string } & Partial<Omit<ScheduleRow, 'createdAt' | 'isDefault'>>,
): Promise<ScheduleRow | null> => {
  const row = await db
    .updateTable('schedules')
    .set(changes)
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst()
  return row ? toSchedule(row) : null
}

/** Removes a schedule; false when unknown. */
export const removeSchedule = async ({ db, workspaceId }: WorkspaceScope, id: string): Promise<boolean> => {
  const removed = await db
    .deleteFrom('schedules')
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .returning('id')
    .executeTakeFirst()
  return removed !== undefined
}

/** Notes that a run is one of a schedule's. */
export const addScheduleRun = async (
  { db, workspaceId }: WorkspaceScope,
  run: { scheduleId: string; runId: string; at: string },
): Promise<void> => {
  await db
    .insertInto('scheduleRuns')
    .values({ ...run, workspaceId })
    .execute()
}

/** What the runs of a schedule say of it: the newest, the one that has not ended, and the cost of those since a time. */
export type ScheduleUse = { lastRunId: string | null; openRunId: string | null; spentNanoUsd: number }

/** What the runs of schedules say of them, by the schedules' ids; one that never ran is not among them. */
export const scheduleUses = async (
  { db, workspaceId }: WorkspaceScope,
  { since, ids }: { since: string; ids?: readonly string[] },
): Promise<Map<string, ScheduleUse>> => {
  let select = db
    .selectFrom('scheduleRuns')
    .innerJoin('runs', 'runs.id', 'scheduleRuns.runId')
    .where('scheduleRuns.workspaceId', '=', workspaceId)
    .where('runs.workspaceId', '=', workspaceId)
  if (ids !== undefined) select = select.where('scheduleRuns.scheduleId', 'in', ids)
  const rows = await select
    .groupBy('scheduleRuns.scheduleId')
    .select([
      'scheduleRuns.scheduleId',
      sql<string>`(array_agg(runs.id order by schedule_runs.at desc))[1]`.as('lastRunId'),
      sql<string | null>`min(runs.id::text) filter (where runs.status in ('queued', 'running'))`.as('openRunId'),
      sql<number>`coalesce(sum(runs.cost_nano_usd) filter (where schedule_runs.at >= ${since}), 0)::bigint`.as(
        'spentNanoUsd',
      ),
    ])
    .execute()
  return new Map(rows.map(({ scheduleId, ...use }) => [scheduleId, use]))
}

const selectSchedule = ({ db, workspaceId }: WorkspaceScope, id: string) =>
  db.selectFrom('schedules').selectAll().where('workspaceId', '=', workspaceId).where('id', '=', id)

const toSchedule = ({ workspaceId: _workspaceId, ...schedule }: Selectable<Database['schedules']>): ScheduleRow =>
  schedule
