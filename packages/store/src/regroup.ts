import type { Failure, FailureGroup, GroupChange } from '@assay/core'
import { lockGroups } from './count-failures.ts'
import { isBefore } from './cursor.ts'
import { type Arrival, findPlaces, holdGrouping } from './failure-places.ts'
import { keepChange } from './group-changes.ts'
import { extractEvents, moveAliases, moveTests, testsOf } from './group-moves.ts'
import { toFailure } from './monitor.ts'
import type { AliasMove, TestMove } from './schema.ts'
import type { WorkspaceScope } from './scope.ts'

/** A kept failure with where it is counted. */
export type CountedFailure = { failure: Failure; fingerprint: string; aliasId: string }

/** Kept failures, newest first, for the rules to look at again. */
export const listCountedFailures = async (
  { db, workspaceId }: WorkspaceScope,
  query: { limit: number; since?: string | undefined; after?: Failure | undefined },
): Promise<CountedFailure[]> => {
  const { limit, since, after } = query
  let select = db.selectFrom('failures').selectAll().where('workspaceId', '=', workspaceId)
  if (since !== undefined) select = select.where('receivedAt', '>=', since)
  if (after !== undefined) {
    select = select
      .where('day', '<=', after.receivedAt.slice(0, 10))
      .where(isBefore(['receivedAt', 'id'], [after.receivedAt, after.id]))
  }
  const rows = await select.orderBy('receivedAt', 'desc').orderBy('id', 'desc').limit(limit).execute()
  return rows.map((row) => ({ failure: toFailure(row), fingerprint: row.fingerprint, aliasId: row.aliasId }))
}

/** Failures of one share that the rules of today know by another fingerprint. */
export type Misplaced = { aliasId: string; groupId: string; fingerprint: string; failureIds: readonly string[] }

/** What is to be grouped anew: the misplaced failures, and what their new fingerprints are of. */
export type RegroupPlan = {
  misplaced: readonly Misplaced[]
  arrivals: ReadonlyMap<string, Arrival>
  /** Of groups that keep none of their failures, the fingerprint that most of them have now. */
  renamed: ReadonlyMap<string, string>
}

/** Failures that go from one group to another. */
export type RegroupMove = Misplaced & { intoId: string; before: string }

/**
 * Groups failures anew as if they had come today. A group that keeps none of its failures takes their new fingerprint,
 * with its tests and its state, when nobody has that yet; all others go where it is counted.
 */
export const regroup = async (
  scope: WorkspaceScope,
  given: RegroupPlan & { id: string; actor: string; at: string; createId: () => string },
): Promise<{ moves: RegroupMove[]; change: GroupChange | null }> => {
  const { misplaced, createId, id, actor, at } = given
  await holdGrouping(scope, 'exclusive')
  await rename(scope, given)
  const places = await findPlaces(scope, given.arrivals)
  const aliases = await readAliases(
    scope,
    misplaced.map(({ aliasId }) => aliasId),
  )
  const moves = misplaced.flatMap((one): RegroupMove[] => {
    const intoId = places.get(one.fingerprint)!.groupId
    const alias = aliases.get(one.aliasId)
    // Merged or split away since it was looked at: the next regrouping sees it as it is now.
    if (!alias || alias.groupId !== one.groupId || intoId === one.groupId) return []
    return [{ ...one, intoId, before: alias.fingerprint }]
  })
  if (moves.length === 0) return { moves, change: null }
  const moved: AliasMove[] = []
  for (const { aliasId, groupId, intoId, failureIds, fingerprint, before } of moves) {
    const newId = createId()
    await extractEvents(scope, { aliasId, failureIds, newId, to: intoId, fingerprint, origin: 'regroup', at })
    moved.push({ aliasId: newId, from: groupId, to: intoId, fingerprints: [before, fingerprint] })
  }
  await moveAliases(scope, moved)
  const tests = await testsOfEmptied(scope, moves)
  await moveTests(
    scope,
    tests,
    moved.flatMap(({ from, to }) => [from, to]),
  )
  const [from, into] = [new Set(moved.map((move) => move.from)), new Set(moved.map(({ to }) => to))]
  const change = await keepChange(scope, {
    id,
    kind: 'regroup',
    fromId: from.size === 1 ? [...from][0]! : null,
    intoId: into.size === 1 ? [...into][0]! : null,
    occurrences: moves.reduce((sum, { failureIds }) => sum + failureIds.length, 0),
    actor,
    at,
    moves: moved,
    tests,
  })
  return { moves, change }
}

const readAliases = async (
  { db, workspaceId }: WorkspaceScope,
  ids: readonly string[],
): Promise<Map<string, { groupId: string; fingerprint: string }>> => {
  if (ids.length === 0) return new Map()
  const rows = await db
    .selectFrom('fingerprintAliases')
    .select(['id', 'groupId', 'fingerprint'])
    .where('workspaceId', '=', workspaceId)
    .where('id', 'in', [...new Set(ids)])
    .execute()
  return new Map(rows.map((row) => [row.id, row]))
}

const rename = async (
  { db, workspaceId }: WorkspaceScope,
  { renamed, arrivals }: Pick<RegroupPlan, 'renamed' | 'arrivals'>,
): Promise<void> => {
  for (const [groupId, fingerprint] of renamed) {
    const { id, at, diagnosis, errorType, text, isByRule = false } = arrivals.get(fingerprint)!
    await db
      .insertInto('fingerprintAliases')
      .values({
        id,
        workspaceId,
        fingerprint,
        groupId,
        isOpen: true,
        origin: isByRule ? 'rule' : 'regroup',
        likeId: null,
        similarity: null,
        category: diagnosis.category,
        errorType: errorType ?? null,
        text: text ?? null,
        signature: null,
        bands: null,
        groupingVersion: 1,
        createdAt: at,
      })
      .onConflict((conflict) => conflict.columns(['workspaceId', 'fingerprint']).where('isOpen', '=', true).doNothing())
      .execute()
  }
}

/** The tests of groups that nothing is left of go where most of their failures went. */
const testsOfEmptied = async (scope: WorkspaceScope, moves: readonly RegroupMove[]): Promise<TestMove[]> => {
  const groups = await lockGroups(
    scope,
    moves.map(({ groupId }) => groupId),
  )
  const tests: TestMove[] = []
  for (const [from, members] of Map.groupBy(moves, ({ groupId }) => groupId)) {
    if (groups.get(from)!.occurrences > 0) continue
    const [largest] = members.toSorted((a, b) => b.failureIds.length - a.failureIds.length)
    for (const testId of await testsOf(scope, from)) tests.push({ testId, from, to: largest!.intoId })
  }
  return tests
}

/** Titles of groups, for people. */
export const nameGroups = async (
  { db, workspaceId }: WorkspaceScope,
  ids: readonly string[],
): Promise<Map<string, Pick<FailureGroup, 'id' | 'title' | 'fingerprint'>>> => {
  if (ids.length === 0) return new Map()
  const rows = await db
    .selectFrom('failureGroups')
    .select(['id', 'title', 'fingerprint'])
    .where('workspaceId', '=', workspaceId)
    .where('id', 'in', [...new Set(ids)])
    .execute()
  return new Map(rows.map((row) => [row.id, row]))
}
