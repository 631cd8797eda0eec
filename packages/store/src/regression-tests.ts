import type { Execution, FailureGroup, Page, RegressionTest } from '@assay/core'
import { type Selectable, sql } from 'kysely'
import { decodeCursor, isBefore, limitOf, pageFrom, type PageOptions, TimePosition } from './cursor.ts'
import { type Database, json } from './schema.ts'
import type { WorkspaceScope } from './scope.ts'
import { storable } from './storable.ts'

/** Keeps a test and names it as its group's; a name that is taken gets four hex characters of the test's id. */
export const createRegressionTest = async (
  scope: WorkspaceScope,
  given: RegressionTest & { groupId: string | null },
): Promise<RegressionTest> => {
  const { db, workspaceId } = scope
  const test = storable(given)
  const inserted =
    (await insertTest(scope, test)) ??
    (await insertTest(scope, { ...test, name: `${test.name}_${test.id.slice(-4)}` })) ??
    (await insertTest(scope, { ...test, name: `${test.name}_${test.id}` }))
  if (test.groupId !== null) {
    await db
      .updateTable('failureGroups')
      .set({ testId: test.id, testStatus: 'created' })
      .where('workspaceId', '=', workspaceId)
      .where('id', '=', test.groupId)
      .execute()
  }
  return inserted!
}

/** Says why a group has no test, or that it has one. */
export const setTestStatus = async (
  { db, workspaceId }: WorkspaceScope,
  { groupId, testStatus }: { groupId: string; testStatus: FailureGroup['testStatus'] },
): Promise<void> => {
  await db
    .updateTable('failureGroups')
    .set({ testStatus })
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', groupId)
    .execute()
}

/** The regression tests of the workspace, newest first. */
export const listRegressionTests = async (
  { db, workspaceId }: WorkspaceScope,
  query: PageOptions & { state?: RegressionTest['state'] | undefined; tag?: string | undefined },
): Promise<Page<RegressionTest>> => {
  const { state, tag } = query
  const after = decodeCursor(query.cursor, TimePosition)
  const limit = limitOf(query)
  let select = db.selectFrom('regressionTests').selectAll().where('workspaceId', '=', workspaceId)
  if (state !== undefined) select = select.where('state', '=', state)
  if (tag !== undefined) select = select.where(sql<boolean>`${tag} = any(tags)`)
  if (after !== undefined) {
    select = select.where(isBefore(['createdAt', 'id'], after))
  }
  const rows = await select
    .orderBy('createdAt', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute()
  return pageFrom(rows, { limit, item: toRegressionTest, position: ({ createdAt, id }) => [createdAt, id] })
}

/** One regression test; null when unknown. */
export const findRegressionTest = async (scope: WorkspaceScope, id: string): Promise<RegressionTest | null> => {
  const row = await selectTest(scope, id).executeTakeFirst()
  return row ? toRegressionTest(row) : null
}

/** The same, held until the transaction ends, so that two executions judge one after the other. */
export const lockRegressionTest = async (scope: WorkspaceScope, id: string): Promise<RegressionTest | null> => {
  const row = await selectTest(scope, id).forUpdate().executeTakeFirst()
  return row ? toRegressionTest(row) : null
}

/**
 * Keeps one execution and the test as it left it. False, and nothing changed, when this run had executed this test
 * before: a job that runs twice scores once.
 */
export const saveExecution = async (
  { db, workspaceId }: WorkspaceScope,
  execution: Execution,
  test: RegressionTest,
): Promise<boolean> => {
  const saved = await db
    .insertInto('executions')
    .values({ ...storable(execution), workspaceId })
    .onConflict((conflict) => conflict.columns(['runId', 'testId']).doNothing())
    .returning('id')
    .executeTakeFirst()
  if (!saved) return false
  const { id, ...changes } = toTestRow(storable(test))
  await db
    .updateTable('regressionTests')
    .set(changes)
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .execute()
  return true
}

/** The executions of a test, newest first. */
export const listExecutions = async (
  { db, workspaceId }: WorkspaceScope,
  query: PageOptions & { testId: string },
): Promise<Page<Execution>> => {
  const after = decodeCursor(query.cursor, TimePosition)
  const limit = limitOf(query)
  let select = db
    .selectFrom('executions')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('testId', '=', query.testId)
  if (after !== undefined) {
    select = select.where(isBefore(['at', 'id'], after))
  }
  const rows = await select
    .orderBy('at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute()
  return pageFrom(rows, {
    limit,
    item: ({ workspaceId: _workspaceId, ...execution }): Execution => execution,
    position: ({ at, id }) => [at, id],
  })
}

const insertTest = async (
  { db, workspaceId }: WorkspaceScope,
  test: RegressionTest,
): Promise<RegressionTest | undefined> => {
  const row = await db
    .insertInto('regressionTests')
    .values({ ...toTestRow(test), workspaceId })
    .onConflict((conflict) => conflict.columns(['workspaceId', 'name']).doNothing())
    .returningAll()
    .executeTakeFirst()
  return row && toRegressionTest(row)
}

const selectTest = ({ db, workspaceId }: WorkspaceScope, id: string) =>
  db.selectFrom('regressionTests').selectAll().where('workspaceId', '=', workspaceId).where('id', '=', id)

const toTestRow = (test: RegressionTest) => ({
  ...test,
  target: json(test.target),
  request: json(test.request),
  expected: json(test.expected),
})

const toRegressionTest = ({
  workspaceId: _workspaceId,
  ...test
}: Selectable<Database['regressionTests']>): RegressionTest => test
