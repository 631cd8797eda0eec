import { AssayError, diagnose, describedBy, type GroupChange, type Page } from '@assay/core'
import { createHash } from 'node:crypto'
import { type Selectable, sql } from 'kysely'
import { lockGroups } from './count-failures.ts'
import { decodeCursor, isBefore, limitOf, pageFrom, type PageOptions, TimePosition } from './cursor.ts'
import type { GroupRow } from './failure-groups.ts'
import { holdGrouping } from './failure-places.ts'
import { aliasesOf, extractEvents, moveAliases, moveTests, testsOf } from './group-moves.ts'
import { listFailures, listFailuresById } from './monitor.ts'
import { type AliasMove, type Database, json, type TestMove } from './schema.ts'
import type { WorkspaceScope } from './scope.ts'

type ChangeRow = Selectable<Database['groupChanges']>
type By = { id: string; actor: string; at: string }

/** Counts a group as part of another, with all it has, now and from now on. */
export const mergeGroups = async (
  scope: WorkspaceScope,
  { from, into, ...by }: By & { from: string; into: string },
): Promise<GroupChange> => {
  await holdGrouping(scope, 'exclusive')
  if (from === into) throw new AssayError('monitor.merge_with_itself', { id: from })
  const [merged] = await livingGroups(scope, [from, into])
  const aliases = await aliasesOf(scope, from)
  const moves = aliases.map((alias) => ({ aliasId: alias.id, from, to: into }))
  const tests = (await testsOf(scope, from)).map((testId) => ({ testId, from, to: into }))
  await moveAliases(scope, moves)
  await moveTests(scope, tests, [from, into])
  await markMerged(scope, { id: from, into })
  return keepChange(scope, {
    ...by,
    kind: 'merge',
    fromId: from,
    intoId: into,
    occurrences: merged!.occurrences,
    moves,
    tests,
  })
}

/** What is taken out of a group: whole fingerprints, or some of its failures. */
export type SplitOff = { fingerprints: readonly string[] } | { failureIds: readonly string[] }

/** Takes part of a group out into one of its own; the rest stays, with the tests. */
export const splitGroup = async (
  scope: WorkspaceScope,
  given: By & { from: string; newGroupId: string; part: SplitOff; title?: string | undefined; createId: () => string },
): Promise<GroupChange> => {
  const { from, newGroupId, part, title, createId, ...by } = given
  await holdGrouping(scope, 'exclusive')
  const [before] = await livingGroups(scope, [from])
  await insertSplitGroup(scope, { before: before!, id: newGroupId, changeId: by.id })
  const moves =
    'fingerprints' in part
      ? await moveFingerprints(scope, { from, to: newGroupId, fingerprints: part.fingerprints })
      : await moveFailures(scope, { from, to: newGroupId, failureIds: part.failureIds, createId, at: by.at })
  const after = await lockGroups(scope, [from, newGroupId])
  if (after.get(from)!.occurrences === 0) {
    throw new AssayError('monitor.nothing_stays', { id: from })
  }
  await nameSplitGroup(scope, { id: newGroupId, title })
  const { occurrences } = after.get(newGroupId)!
  return keepChange(scope, { ...by, kind: 'split', fromId: from, intoId: newGroupId, occurrences, moves, tests: [] })
}

/**
 * Puts a change back. What came to the moved fingerprints since goes back with them, and so does what joined them for
 * its likeness; refused while a later change builds on this one.
 */
export const undoGroupChange = async (
  scope: WorkspaceScope,
  { id, actor, at }: By,
): Promise<{ change: GroupChange; groups: string[] }> => {
  const { db, workspaceId } = scope
  await holdGrouping(scope, 'exclusive')
  const row = await selectChanges(scope).where('id', '=', id).executeTakeFirst()
  if (!row) throw new AssayError('resource.not_found', { what: 'merge or split', id })
  if (row.undoneAt !== null) throw new AssayError('monitor.already_undone', { id, at: row.undoneAt })
  const groups = [...new Set(row.moves.flatMap(({ from, to }) => [from, to]))]
  await lockGroups(scope, groups)
  await refuseBuiltUpon(scope, row)
  if (row.kind === 'merge') await markMerged(scope, { id: row.fromId!, into: null })
  const back = await movesBack(scope, row)
  await restoreFingerprints(scope, back)
  await moveAliases(scope, back)
  await moveTests(scope, await testsBack(scope, row), groups)
  if (row.kind === 'split') await markMerged(scope, { id: row.intoId!, into: row.fromId! })
  await db
    .updateTable('groupChanges')
    .set({ undoneAt: at, undoneBy: actor })
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .execute()
  return { change: { ...toChange(row), undoneAt: at }, groups }
}

/** Merges, splits and regroupings, newest first. */
export const listGroupChanges = async (scope: WorkspaceScope, query: PageOptions): Promise<Page<GroupChange>> => {
  const after = decodeCursor(query.cursor, TimePosition)
  const limit = limitOf(query)
  let select = selectChanges(scope)
  if (after !== undefined) select = select.where(isBefore(['at', 'id'], after))
  const rows = await select
    .orderBy('at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute()
  return pageFrom(rows, { limit, item: toChange, position: ({ at, id }) => [at, id] })
}

/** The newest changes of one group. */
export const changesOf = async (scope: WorkspaceScope, groupId: string): Promise<GroupChange[]> => {
  const rows = await selectChanges(scope)
    .where((eb) => eb.or([eb('fromId', '=', groupId), eb('intoId', '=', groupId)]))
    .orderBy('at', 'desc')
    .orderBy('id', 'desc')
    .limit(20)
    .execute()
  return rows.map(toChange)
}

/** Writes down what was moved, so that it can be moved back. */
export const keepChange = async (
  { db, workspaceId }: WorkspaceScope,
  given: Omit<GroupChange, 'undoneAt'> & { moves: readonly AliasMove[]; tests: readonly TestMove[] },
): Promise<GroupChange> => {
  const { moves, tests, ...change } = given
  await db
    .insertInto('groupChanges')
    .values({ ...change, workspaceId, moves: json(moves), tests: json(tests) })
    .execute()
  return { ...change, undoneAt: null }
}

/** The groups, held until the transaction ends; 404 for one that is not there or was merged away. */
const livingGroups = async (scope: WorkspaceScope, ids: readonly string[]): Promise<GroupRow[]> => {
  const rows = await lockGroups(scope, ids)
  return ids.map((id) => {
    const row = rows.get(id)
    if (!row) throw new AssayError('resource.not_found', { what: 'failure group', id })
    if (row.mergedInto !== null) throw new AssayError('monitor.merged_away', { id, into: row.mergedInto })
    return row
  })
}

const markMerged = async (
  { db, workspaceId }: WorkspaceScope,
  { id, into }: { id: string; into: string | null },
): Promise<void> => {
  await db
    .updateTable('failureGroups')
    .set({ mergedInto: into })
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .execute()
}

/** A group of the same kind that holds nothing yet. Its own fingerprint is nobody's: only moved ones lead to it. */
const insertSplitGroup = async (
  { db }: WorkspaceScope,
  { before, id, changeId }: { before: GroupRow; id: string; changeId: string },
): Promise<void> => {
  const fingerprint = createHash('sha256').update(`split ${changeId}`).digest('hex').slice(0, 16)
  await db
    .insertInto('failureGroups')
    .values({
      ...before,
      id,
      fingerprint,
      why: json(before.why),
      state: 'open',
      resolvedIn: null,
      resolvedAt: null,
      mutedUntil: null,
      muteEndsAt: null,
      occurrences: 0,
      incidents: 0,
      absorbed: 0,
      users: 0,
      testId: null,
      testStatus: 'waiting',
      widespreadUntil: null,
      spreadLookedAt: null,
      lastUserHash: null,
    })
    .execute()
}

/** Names a group after the newest failure that it holds now; one that holds none yet keeps the name it came with. */
const nameSplitGroup = async (
  scope: WorkspaceScope,
  { id, title }: { id: string; title: string | undefined },
): Promise<void> => {
  const { items } = await listFailures(scope, { group: id, limit: 1 })
  const said = items[0] && diagnose(describedBy(items[0]))
  if (said === undefined && title === undefined) return
  await scope.db
    .updateTable('failureGroups')
    .set({
      ...(said
        ? { title: said.title, family: said.family, why: json(['taken out of another group by hand', ...said.why]) }
        : {}),
      ...(title === undefined ? {} : { title }),
    })
    .where('workspaceId', '=', scope.workspaceId)
    .where('id', '=', id)
    .execute()
}

type Part = { from: string; to: string }

const moveFingerprints = async (
  scope: WorkspaceScope,
  { from, to, fingerprints }: Part & { fingerprints: readonly string[] },
): Promise<AliasMove[]> => {
  const aliases = await aliasesOf(scope, from)
  const strange = fingerprints.find((wanted) => !aliases.some(({ fingerprint }) => fingerprint === wanted))
  if (strange !== undefined) {
    throw new AssayError('resource.not_found', { what: `fingerprint in group ${from}`, id: strange })
  }
  const moves = aliases
    .filter(({ fingerprint }) => fingerprints.includes(fingerprint))
    .map((alias) => ({ aliasId: alias.id, from, to }))
  await moveAliases(scope, moves)
  return moves
}

const moveFailures = async (
  scope: WorkspaceScope,
  given: Part & { failureIds: readonly string[]; createId: () => string; at: string },
): Promise<AliasMove[]> => {
  const { from, to, failureIds, createId, at } = given
  const failures = await listFailuresById(scope, { groupId: from, ids: failureIds })
  const strange = failureIds.find((wanted) => !failures.some(({ id }) => id === wanted))
  if (strange !== undefined)
    throw new AssayError('resource.not_found', { what: `failure in group ${from}`, id: strange })
  const moves: AliasMove[] = []
  for (const [aliasId, members] of Map.groupBy(failures, (failure) => failure.aliasId)) {
    const newId = createId()
    const ids = members.map(({ id }) => id)
    const { fingerprint } = members[0]!
    await extractEvents(scope, { aliasId, failureIds: ids, newId, to, fingerprint, origin: 'split', at })
    moves.push({ aliasId: newId, from, to })
  }
  await moveAliases(scope, moves)
  return moves
}

/**
 * What joined the moved fingerprints for its likeness since, or was split out of them and put back, goes along; of a
 * split, all that its group holds.
 */
const movesBack = async (scope: WorkspaceScope, row: ChangeRow): Promise<AliasMove[]> => {
  const back = row.moves.map(({ from, to, ...move }) => ({ ...move, from: to, to: from }))
  const isMoved = new Map(back.map((move) => [move.aliasId, move]))
  const later = new Set(await takenOutSince(scope, row))
  for (const groupId of new Set(row.moves.map(({ to }) => to))) {
    for (const { id, likeId, origin } of await aliasesOf(scope, groupId)) {
      const isKin = likeId !== null && (origin !== 'split' || later.has(id))
      const like = isKin ? isMoved.get(likeId) : undefined
      if (isMoved.has(id) || (like === undefined && row.kind !== 'split')) continue
      const move = { aliasId: id, from: groupId, to: like?.to ?? row.fromId! }
      isMoved.set(id, move)
      back.push(move)
    }
  }
  return back
}

/** The tests that moved, where they still are; of a split also those that its group has got since. */
const testsBack = async (scope: WorkspaceScope, row: ChangeRow): Promise<TestMove[]> => {
  const moved = row.tests.map(({ testId, from, to }) => ({ testId, from: to, to: from }))
  if (row.kind !== 'split') return moved
  return (await testsOf(scope, row.intoId!)).map((testId) => ({ testId, from: row.intoId!, to: row.fromId! }))
}

/** What was grouped anew is called again what it was called before. */
const restoreFingerprints = async ({ db, workspaceId }: WorkspaceScope, moves: readonly AliasMove[]): Promise<void> => {
  for (const { aliasId, fingerprints } of moves) {
    if (fingerprints === undefined) continue
    const [fingerprint] = fingerprints
    await db
      .updateTable('fingerprintAliases')
      .set({ fingerprint })
      .where('workspaceId', '=', workspaceId)
      .where('id', '=', aliasId)
      .execute()
    await db
      .updateTable('failures')
      .set({ fingerprint })
      .where('workspaceId', '=', workspaceId)
      .where('aliasId', '=', aliasId)
      .execute()
  }
}

/** A later change that moved the same on, or merged its group away, has to be undone first. */
const refuseBuiltUpon = async (scope: WorkspaceScope, row: ChangeRow): Promise<void> => {
  const { db, workspaceId } = scope
  const ids = row.moves.map(({ aliasId }) => aliasId)
  if (ids.length === 0) return
  const placed = await db
    .selectFrom('fingerprintAliases')
    .select(['id', 'groupId'])
    .where('workspaceId', '=', workspaceId)
    .where('id', 'in', ids)
    .execute()
  const groupOf = new Map(placed.map(({ id, groupId }) => [id, groupId]))
  const groups = await lockGroups(
    scope,
    row.moves.flatMap(({ from, to }) => [from, to]),
  )
  const isFree = row.moves.every(({ aliasId, from, to }) => {
    const isBack = groups.get(from)!.mergedInto === null || (row.kind === 'merge' && from === row.fromId)
    return groupOf.get(aliasId) === to && isBack
  })
  const out = new Set(await takenOutSince(scope, row))
  if (isFree && out.size === 0) return
  const touched = new Set(row.moves.flatMap(({ from, to }) => [from, to]))
  const later = await selectChanges(scope)
    .where('undoneAt', 'is', null)
    .where(isAfterChange(row))
    .orderBy('at', 'desc')
    .orderBy('id', 'desc')
    .execute()
  const taking = later.find(({ moves }) => moves.some(({ aliasId }) => out.has(aliasId)))
  if (isFree && !taking) return
  const blocking =
    taking ?? later.find(({ moves }) => moves.some(({ from, to }) => touched.has(from) || touched.has(to)))
  throw new AssayError('monitor.undo_blocked', { id: row.id, by: blocking?.id ?? row.id })
}

/** The shares that were split out of those a change moved, after it. */
const takenOutSince = async ({ db, workspaceId }: WorkspaceScope, { id, at, moves }: ChangeRow): Promise<string[]> => {
  if (moves.length === 0) return []
  const { rows } = await sql<{ id: string }>`
    with recursive taken as (
      select id, created_at from fingerprint_aliases
      where workspace_id = ${workspaceId} and origin = 'split'
        and like_id in (${sql.join(moves.map(({ aliasId }) => sql`${aliasId}::uuid`))})
      union
      select a.id, a.created_at from fingerprint_aliases a join taken t on a.like_id = t.id
      where a.workspace_id = ${workspaceId} and a.origin = 'split'
    )
    select id from taken where (created_at, id) > (${at}::timestamptz, ${id}::uuid)
  `.execute(db)
  return rows.map((row) => row.id)
}

const isAfterChange = ({ at, id }: ChangeRow) => sql<boolean>`(at, id) > (${at}::timestamptz, ${id}::uuid)`

const selectChanges = ({ db, workspaceId }: WorkspaceScope) =>
  db.selectFrom('groupChanges').selectAll().where('workspaceId', '=', workspaceId)

const toChange = ({
  workspaceId: _workspaceId,
  moves: _moves,
  tests: _tests,
  undoneBy: _undoneBy,
  ...change
}: ChangeRow): GroupChange => change
