import type { Page, Run, RunFilter } from '@assay/core'
import type { Selectable } from 'kysely'
import { decodeCursor, isBefore, limitOf, pageFrom, type PageOptions, TimePosition } from './cursor.ts'
import { escapeLike } from './requests.ts'
import { type Database, json, jsonOrNull } from './schema.ts'
import type { WorkspaceScope } from './scope.ts'
import { storable } from './storable.ts'

/** Keeps a run, and which regression tests it is to execute, or under which name its suite's text is read. */
export const insertRun = async (
  { db, workspaceId }: WorkspaceScope,
  run: Run & { testIds?: readonly string[]; file?: string | null },
): Promise<void> => {
  const { testIds = [], file = null, totals, modelTotals, settings, ...rest } = storable(run)
  await db
    .insertInto('runs')
    .values({
      ...rest,
      file,
      workspaceId,
      totals: jsonOrNull(totals),
      modelTotals: json(modelTotals),
      settings: json(settings),
      testIds: [...testIds],
    })
    .execute()
}

type RunChanges = Partial<
  Pick<
    Run,
    'name' | 'status' | 'error' | 'totals' | 'modelTotals' | 'costNanoUsd' | 'planned' | 'startedAt' | 'finishedAt'
  >
>

/** Changes the named fields of a run; null when unknown, or when it has none of the states it may be changed in. */
export const updateRun = async (
  { db, workspaceId }: WorkspaceScope,
  { id, ...changes }: { id: string } & RunChanges,
  { within }: { within?: readonly Run['status'][] } = {},
): Promise<Run | null> => {
  const { totals, modelTotals, ...rest } = storable(changes)
  let update = db
    .updateTable('runs')
    .set({
      ...rest,
      ...(totals === undefined ? {} : { totals: jsonOrNull(totals) }),
      ...(modelTotals === undefined ? {} : { modelTotals: json(modelTotals) }),
    })
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
  if (within) update = update.where('status', 'in', within)
  const row = await update.returningAll().executeTakeFirst()
  return row ? toRun(row) : null
}

/** Keeps a run as the baseline of this name, which the run that had it loses; null when the run is unknown. */
export const setBaseline = async (
  { db, workspaceId }: WorkspaceScope,
  { id, baselineOf }: Pick<Run, 'id' | 'baselineOf'>,
): Promise<Run | null> => {
  if (baselineOf !== null) {
    await db
      .updateTable('runs')
      .set({ baselineOf: null })
      .where('workspaceId', '=', workspaceId)
      .where('baselineOf', '=', baselineOf)
      .where('id', '<>', id)
      .execute()
  }
  const row = await db
    .updateTable('runs')
    .set({ baselineOf })
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst()
  return row ? toRun(row) : null
}

/** One run; null when unknown. */
export const findRun = async ({ db, workspaceId }: WorkspaceScope, id: string): Promise<Run | null> => {
  const row = await db
    .selectFrom('runs')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row ? toRun(row) : null
}

/** The same, and nobody else changes it until the transaction ends. */
export const lockRun = async ({ db, workspaceId }: WorkspaceScope, id: string): Promise<Run | null> => {
  const row = await db
    .selectFrom('runs')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst()
  return row ? toRun(row) : null
}

/** The run that is kept as the baseline of this name; null when none is. */
export const findBaseline = async ({ db, workspaceId }: WorkspaceScope, name: string): Promise<Run | null> => {
  const row = await db
    .selectFrom('runs')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('baselineOf', '=', name)
    .executeTakeFirst()
  return row ? toRun(row) : null
}

/** The names under which runs are kept as baselines. */
export const listBaselines = async ({ db, workspaceId }: WorkspaceScope): Promise<string[]> => {
  const rows = await db
    .selectFrom('runs')
    .select('baselineOf')
    .where('workspaceId', '=', workspaceId)
    .where('baselineOf', 'is not', null)
    .orderBy('baselineOf')
    .limit(50)
    .execute()
  return rows.flatMap(({ baselineOf }) => baselineOf ?? [])
}

/** The name of the file that a run's suite was read from; null for a run of no suite. */
export const findRunFile = async ({ db, workspaceId }: WorkspaceScope, id: string): Promise<string | null> => {
  const row = await db
    .selectFrom('runs')
    .select('file')
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row?.file ?? null
}

/** What the list of runs can be asked for. */
export type RunQuery = PageOptions & { [Name in keyof RunFilter]?: RunFilter[Name] | undefined }

/** The runs of the workspace, newest first. */
export const listRuns = async ({ db, workspaceId }: WorkspaceScope, query: RunQuery): Promise<Page<Run>> => {
  const { status, suite, trigger, environment, provenance, text } = query
  const after = decodeCursor(query.cursor, TimePosition)
  const limit = limitOf(query)
  let select = db.selectFrom('runs').selectAll().where('workspaceId', '=', workspaceId)
  if (status !== undefined) select = select.where('status', '=', status)
  if (suite !== undefined) select = select.where('suiteId', '=', suite)
  if (trigger !== undefined) select = select.where('trigger', '=', trigger)
  if (environment !== undefined) select = select.where('environment', '=', environment)
  if (provenance !== undefined) select = select.where('provenance', '=', provenance)
  if (text) select = select.where('name', 'ilike', `%${escapeLike(text)}%`)
  if (after !== undefined) {
    select = select.where(isBefore(['createdAt', 'id'], after))
  }
  const rows = await select
    .orderBy('createdAt', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute()
  return pageFrom(rows, { limit, item: toRun, position: ({ createdAt, id }) => [createdAt, id] })
}

const toRun = ({
  workspaceId: _workspaceId,
  testIds: _testIds,
  file: _file,
  ...run
}: Selectable<Database['runs']>): Run => run
