import { contentHashOf, type FailureGroup, type Page, type RegressionTest } from '@assay/core'
import { type Selectable, sql } from 'kysely'
import { decodeCursor, isBefore, limitOf, pageFrom, type PageOptions, TimePosition } from './cursor.ts'
import { escapeLike } from './requests.ts'
import { type Database, json, jsonOrNull } from './schema.ts'
import type { WorkspaceScope } from './scope.ts'
import { storable } from './storable.ts'

/** Keeps a test and names it as its group's; a name that is taken gets four hex characters of the test's id. */
export const createRegressionTest = async (
  scope: WorkspaceScope,
  given: RegressionTest & { groupId: string | null },
): Promise<RegressionTest> => {
  const test = storable(given)
  const inserted =
    (await insertTest(scope, test)) ??
    (await insertTest(scope, { ...test, name: `${test.name}_${test.id.slice(-4)}` })) ??
    (await insertTest(scope, { ...test, name: `${test.name}_${test.id}` }))
  if (test.groupId !== null) await nameTestOfGroup(scope, { groupId: test.groupId, testId: test.id })
  return inserted!
}

/** Keeps a test that a person wrote; what stands in its way when another has its name or says the same. */
export const insertRegressionTest = async (
  scope: WorkspaceScope,
  given: RegressionTest,
): Promise<{ test: RegressionTest } | { taken: 'name' | 'content'; by: RegressionTest }> => {
  const test = storable(given)
  const clash = await findClash(scope, test)
  if (clash) return clash
  const inserted = await insertTest(scope, test)
  // Another transaction was faster.
  return inserted ? { test: inserted } : (await findClash(scope, test))!
}

/** Puts a changed test in the place of the one it was; what stands in its way as when it is written. */
export const replaceRegressionTest = async (
  scope: WorkspaceScope,
  given: RegressionTest,
): Promise<{ test: RegressionTest } | { taken: 'name' | 'content'; by: RegressionTest }> => {
  const test = storable(given)
  const clash = await findClash(scope, test)
  if (clash) return clash
  await updateTest(scope, test)
  return { test }
}

/** Keeps what became of a test, such as that it is in quarantine; what it asks is as it was. */
export const saveRegressionTest = (scope: WorkspaceScope, test: RegressionTest): Promise<void> =>
  updateTest(scope, storable(test))

/** Another test with the name of this one, or that says the same. */
const findClash = async (
  { db, workspaceId }: WorkspaceScope,
  test: RegressionTest,
): Promise<{ taken: 'name' | 'content'; by: RegressionTest } | null> => {
  const contentHash = hashOf(test)
  const rows = await db
    .selectFrom('regressionTests')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('id', '<>', test.id)
    .where((eb) => eb.or([eb('name', '=', test.name), eb('contentHash', '=', contentHash ?? '')]))
    .execute()
  const named = rows.find(({ name }) => name === test.name)
  const [same] = rows
  if (named) return { taken: 'name', by: toRegressionTest(named) }
  return same ? { taken: 'content', by: toRegressionTest(same) } : null
}

const nameTestOfGroup = async (
  { db, workspaceId }: WorkspaceScope,
  { groupId, testId }: { groupId: string; testId: string },
): Promise<void> => {
  await db
    .updateTable('failureGroups')
    .set({ testId, testStatus: 'created' })
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', groupId)
    .execute()
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
  query: PageOptions & {
    [Name in 'state' | 'kind' | 'origin']?: RegressionTest[Name] | undefined
  } & { tag?: string | undefined; group?: string | undefined; q?: string | undefined },
): Promise<Page<RegressionTest>> => {
  const { state, kind, origin, tag, group, q } = query
  const after = decodeCursor(query.cursor, TimePosition)
  const limit = limitOf(query)
  let select = db.selectFrom('regressionTests').selectAll().where('workspaceId', '=', workspaceId)
  if (state !== undefined) select = select.where('state', '=', state)
  if (kind !== undefined) select = select.where('kind', '=', kind)
  if (origin !== undefined) select = select.where('origin', '=', origin)
  if (tag !== undefined) select = select.where(sql<boolean>`${tag} = any(tags)`)
  if (group !== undefined) select = select.where('groupId', '=', group)
  if (q) select = select.where('name', 'ilike', `%${escapeLike(q)}%`)
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

const insertTest = async (
  { db, workspaceId }: WorkspaceScope,
  test: RegressionTest,
): Promise<RegressionTest | undefined> => {
  const row = await db
    .insertInto('regressionTests')
    .values({ ...toTestRow(test), workspaceId })
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst()
  return row && toRegressionTest(row)
}

/** Writes all of a test but what it is known by. */
export const updateTest = async ({ db, workspaceId }: WorkspaceScope, test: RegressionTest): Promise<void> => {
  const { id, ...changes } = toTestRow(test)
  await db
    .updateTable('regressionTests')
    .set(changes)
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .execute()
}

const selectTest = ({ db, workspaceId }: WorkspaceScope, id: string) =>
  db.selectFrom('regressionTests').selectAll().where('workspaceId', '=', workspaceId).where('id', '=', id)

const toTestRow = (test: RegressionTest) => ({
  ...test,
  target: json(test.target),
  request: jsonOrNull(test.request),
  phases: json(test.phases),
  expected: json(test.expected),
  verification: json(test.verification),
  quarantine: jsonOrNull(test.quarantine),
  contentHash: hashOf(test),
})

/** Only what people write must differ; a group's test is its group's, and a retired one is in nobody's way. */
const hashOf = (test: RegressionTest): string | null =>
  test.origin === 'manual' && test.state !== 'retired' ? contentHashOf(test) : null

const toRegressionTest = ({
  workspaceId: _workspaceId,
  contentHash: _contentHash,
  ...test
}: Selectable<Database['regressionTests']>): RegressionTest => test
