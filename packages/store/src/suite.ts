import type { CaseResult, Page, Run } from '@assay/core'
import type { Selectable } from 'kysely'
import { z } from 'zod'
import { decodeCursor, isAfter, isBefore, limitOf, pageFrom, type PageOptions, TimePosition } from './cursor.ts'
import { type Database, json, jsonOrNull } from './schema.ts'
import type { WorkspaceScope } from './scope.ts'
import { storable } from './storable.ts'

/** Keeps a run, and which regression tests it is to execute. */
export const insertRun = async (
  { db, workspaceId }: WorkspaceScope,
  run: Run & { testIds?: readonly string[] },
): Promise<void> => {
  const { testIds = [], totals, ...rest } = storable(run)
  await db
    .insertInto('runs')
    .values({ ...rest, workspaceId, totals: jsonOrNull(totals), testIds: [...testIds] })
    .execute()
}

/** Changes the named fields of a run; null when unknown. */
export const updateRun = async (
  { db, workspaceId }: WorkspaceScope,
  {
    id,
    ...changes
  }: { id: string } & Partial<Pick<Run, 'name' | 'status' | 'error' | 'totals' | 'startedAt' | 'finishedAt'>>,
): Promise<Run | null> => {
  const { totals, ...rest } = storable(changes)
  const row = await db
    .updateTable('runs')
    .set({ ...rest, ...(totals === undefined ? {} : { totals: jsonOrNull(totals) }) })
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

/** The runs of the workspace, newest first. */
export const listRuns = async ({ db, workspaceId }: WorkspaceScope, page: PageOptions): Promise<Page<Run>> => {
  const after = decodeCursor(page.cursor, TimePosition)
  const limit = limitOf(page)
  let select = db.selectFrom('runs').selectAll().where('workspaceId', '=', workspaceId)
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

/** Keeps results of a run; the same case, model and repeat again replaces the earlier result. */
export const saveResults = async (
  { db, workspaceId }: WorkspaceScope,
  runId: string,
  results: readonly CaseResult[],
): Promise<void> => {
  const rows = results.map((result) => {
    const { error, verdicts, usage, caseKey, model, repeat, title, status, score, input, response, ...figures } =
      storable(result)
    const { latencyMs, durationMs, costNanoUsd } = figures
    return {
      caseKey,
      model,
      repeat,
      title,
      status,
      score,
      input,
      response,
      latencyMs,
      durationMs,
      costNanoUsd,
      workspaceId,
      runId,
      error: jsonOrNull(error),
      verdicts: json(verdicts),
      usage: jsonOrNull(usage),
    }
  })
  for (let start = 0; start < rows.length; start += ROWS_PER_STATEMENT) {
    await db
      .insertInto('results')
      .values(rows.slice(start, start + ROWS_PER_STATEMENT))
      .onConflict((conflict) =>
        conflict.columns(['runId', 'caseKey', 'model', 'repeat']).doUpdateSet((eb) => ({
          title: eb.ref('excluded.title'),
          status: eb.ref('excluded.status'),
          score: eb.ref('excluded.score'),
          input: eb.ref('excluded.input'),
          response: eb.ref('excluded.response'),
          error: eb.ref('excluded.error'),
          verdicts: eb.ref('excluded.verdicts'),
          latencyMs: eb.ref('excluded.latencyMs'),
          durationMs: eb.ref('excluded.durationMs'),
          usage: eb.ref('excluded.usage'),
          costNanoUsd: eb.ref('excluded.costNanoUsd'),
        })),
      )
      .execute()
  }
}

/** The results of a run by case, model and repeat. */
export const listRunResults = async (
  { db, workspaceId }: WorkspaceScope,
  query: PageOptions & { runId: string },
): Promise<Page<CaseResult>> => {
  const after = decodeCursor(query.cursor, ResultPosition)
  const limit = limitOf(query)
  let select = db
    .selectFrom('results')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('runId', '=', query.runId)
  if (after !== undefined) {
    select = select.where(isAfter(['caseKey', 'model', 'repeat'], after))
  }
  const rows = await select
    .orderBy('caseKey')
    .orderBy('model')
    .orderBy('repeat')
    .limit(limit + 1)
    .execute()
  return pageFrom(rows, {
    limit,
    item: toResult,
    position: ({ caseKey, model, repeat }) => [caseKey, model, repeat],
  })
}

/** Far below the 65,535 parameters of one statement. */
const ROWS_PER_STATEMENT = 200

const ResultPosition = z.tuple([z.string(), z.string(), z.int()])

const toRun = ({ workspaceId: _workspaceId, testIds: _testIds, ...run }: Selectable<Database['runs']>): Run => run

const toResult = ({
  workspaceId: _workspaceId,
  runId: _runId,
  ...result
}: Selectable<Database['results']>): CaseResult => result
