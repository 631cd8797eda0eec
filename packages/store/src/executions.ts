import type { Execution, Page, RegressionTest } from '@assay/core'
import type { Selectable } from 'kysely'
import { decodeCursor, isBefore, limitOf, pageFrom, type PageOptions, TimePosition } from './cursor.ts'
import { updateTest } from './regression-tests.ts'
import type { Database } from './schema.ts'
import type { WorkspaceScope } from './scope.ts'
import { storable } from './storable.ts'

/**
 * Keeps one execution and the test as it left it. False, and nothing changed, when this run had executed this test
 * before: a job that runs twice scores once.
 */
export const saveExecution = async (
  scope: WorkspaceScope,
  execution: Execution,
  test: RegressionTest,
): Promise<boolean> => {
  const saved = await scope.db
    .insertInto('executions')
    .values({ ...storable(execution), workspaceId: scope.workspaceId })
    .onConflict((conflict) => conflict.columns(['runId', 'testId']).doNothing())
    .returning('id')
    .executeTakeFirst()
  if (!saved) return false
  await updateTest(scope, storable(test))
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
  if (after !== undefined) select = select.where(isBefore(['at', 'id'], after))
  const rows = await select
    .orderBy('at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute()
  return pageFrom(rows, { limit, item: toExecution, position: ({ at, id }) => [at, id] })
}

/** How the scored executions of a test ended, newest first: what its figures are told from. */
export const readScores = ({ db, workspaceId }: WorkspaceScope, { testId, limit }: { testId: string; limit: number }) =>
  db
    .selectFrom('executions')
    .select(['outcome', 'at', 'version', 'confidence'])
    .where('workspaceId', '=', workspaceId)
    .where('testId', '=', testId)
    .where('verification', '=', false)
    .orderBy('at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()

const toExecution = ({ workspaceId: _workspaceId, ...execution }: Selectable<Database['executions']>): Execution =>
  execution
