import type { Page, StoredCase, StoredSuite } from '@assay/core'
import { type Selectable, sql } from 'kysely'
import { z } from 'zod'
import { decodeCursor, isBefore, limitOf, pageFrom, type PageOptions, TimePosition } from './cursor.ts'
import { escapeLike } from './requests.ts'
import { type Database, json } from './schema.ts'
import type { WorkspaceScope } from './scope.ts'
import { storable } from './storable.ts'

/** A suite with its text and its cases. */
export type WholeSuite = { suite: StoredSuite; source: string; cases: readonly StoredCase[] }

/** Keeps a suite; false when another one has its name. */
export const insertSuite = async (scope: WorkspaceScope, { suite, source, cases }: WholeSuite): Promise<boolean> => {
  const { db, workspaceId } = scope
  await keepSource(scope, { sourceHash: suite.sourceHash, source })
  const inserted = await db
    .insertInto('suites')
    .values({ ...storable(suite), workspaceId })
    .onConflict((conflict) => conflict.columns(['workspaceId', 'name']).doNothing())
    .returning('id')
    .executeTakeFirst()
  if (inserted === undefined) return false
  await insertCases(scope, suite.id, cases)
  return true
}

/** Puts another text and its cases in the place of a suite's; null when the suite is unknown. */
export const replaceSuite = async (
  scope: WorkspaceScope,
  { suite: { id, createdAt: _createdAt, ...changes }, source, cases }: WholeSuite,
): Promise<StoredSuite | null> => {
  const { db, workspaceId } = scope
  await keepSource(scope, { sourceHash: changes.sourceHash, source })
  const row = await db
    .updateTable('suites')
    .set(storable(changes))
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst()
  if (!row) return null
  await db.deleteFrom('testCases').where('workspaceId', '=', workspaceId).where('suiteId', '=', id).execute()
  await insertCases(scope, id, cases)
  await forgetSources(scope)
  return toSuite(row)
}

/** Removes a suite with its cases, and its text when no run needs it; false when it is unknown. */
export const removeSuite = async (scope: WorkspaceScope, id: string): Promise<boolean> => {
  const { db, workspaceId } = scope
  const { numDeletedRows } = await db
    .deleteFrom('suites')
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .executeTakeFirst()
  if (numDeletedRows === 0n) return false
  await forgetSources(scope)
  return true
}

/** One suite; null when unknown. */
export const findSuite = async (
  { db, workspaceId }: WorkspaceScope,
  wanted: { id: string } | { name: string },
): Promise<StoredSuite | null> => {
  const [column, value] = 'id' in wanted ? (['id', wanted.id] as const) : (['name', wanted.name] as const)
  const row = await db
    .selectFrom('suites')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where(column, '=', value)
    .executeTakeFirst()
  return row ? toSuite(row) : null
}

/** The text of a suite by its hash; null when it is not kept. */
export const findSource = async ({ db, workspaceId }: WorkspaceScope, sourceHash: string): Promise<string | null> => {
  const row = await db
    .selectFrom('suiteSources')
    .select('source')
    .where('workspaceId', '=', workspaceId)
    .where('sourceHash', '=', sourceHash)
    .executeTakeFirst()
  return row?.source ?? null
}

/** The suites of the workspace, the last changed first. */
export const listSuites = async (
  { db, workspaceId }: WorkspaceScope,
  query: PageOptions & { text?: string | undefined },
): Promise<Page<StoredSuite>> => {
  const after = decodeCursor(query.cursor, TimePosition)
  const limit = limitOf(query)
  let select = db.selectFrom('suites').selectAll().where('workspaceId', '=', workspaceId)
  if (query.text) select = select.where('name', 'ilike', `%${escapeLike(query.text)}%`)
  if (after !== undefined) select = select.where(isBefore(['updatedAt', 'id'], after))
  const rows = await select
    .orderBy('updatedAt', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute()
  return pageFrom(rows, { limit, item: toSuite, position: ({ updatedAt, id }) => [updatedAt, id] })
}

/** The cases of a suite in the order in which they are run. */
export const listSuiteCases = async (
  { db, workspaceId }: WorkspaceScope,
  query: PageOptions & { suiteId: string },
): Promise<Page<StoredCase>> => {
  const after = decodeCursor(query.cursor, CasePosition)
  const limit = limitOf(query)
  let select = db
    .selectFrom('testCases')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('suiteId', '=', query.suiteId)
  if (after !== undefined) select = select.where('id', '>', after[0])
  const rows = await select
    .orderBy('id')
    .limit(limit + 1)
    .execute()
  return pageFrom(rows, { limit, item: toCase, position: ({ id }) => [id] })
}

const CasePosition = z.tuple([z.int()])

const keepSource = async (
  { db, workspaceId }: WorkspaceScope,
  given: { sourceHash: string; source: string },
): Promise<void> => {
  await db
    .insertInto('suiteSources')
    .values({ ...storable(given), workspaceId })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/** Texts that neither a suite nor a run is of. */
const forgetSources = async ({ db, workspaceId }: WorkspaceScope): Promise<void> => {
  const usedBy = (table: 'suites' | 'runs') => sql<boolean>`not exists (
    select from ${sql.table(table)} as used
    where used.workspace_id = suite_sources.workspace_id and used.source_hash = suite_sources.source_hash
  )`
  await db
    .deleteFrom('suiteSources')
    .where('workspaceId', '=', workspaceId)
    .where(usedBy('suites'))
    .where(usedBy('runs'))
    .execute()
}

const insertCases = async (
  { db, workspaceId }: WorkspaceScope,
  suiteId: string,
  cases: readonly StoredCase[],
): Promise<void> => {
  for (let start = 0; start < cases.length; start += ROWS_PER_STATEMENT) {
    const rows = cases.slice(start, start + ROWS_PER_STATEMENT).map((one) => {
      const { assertions, ...rest } = storable(one)
      return { ...rest, assertions: json(assertions), workspaceId, suiteId }
    })
    await db.insertInto('testCases').values(rows).execute()
  }
}

/** Far below the 65,535 parameters of one statement, and so few that writing one down holds up nobody. */
const ROWS_PER_STATEMENT = 100

const toSuite = ({ workspaceId: _workspaceId, ...suite }: Selectable<Database['suites']>): StoredSuite => suite

const toCase = ({
  id: _id,
  workspaceId: _workspaceId,
  suiteId: _suiteId,
  ...one
}: Selectable<Database['testCases']>): StoredCase => one
