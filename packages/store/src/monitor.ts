import type { Diagnosis, Failure, FailureGroup, Page } from '@assay/core'
import { type Selectable, sql } from 'kysely'
import { z } from 'zod'
import { decodeCursor, isBefore, limitOf, pageFrom, type PageOptions, TimePosition } from './cursor.ts'
import { dayOf, escapeLike } from './requests.ts'
import { type Database, json, jsonOrNull } from './schema.ts'
import type { WorkspaceScope } from './scope.ts'
import { storable } from './storable.ts'
import { ensureDay } from './system/partitions.ts'

/** A failure about to be counted, and what decides where. */
export type FailureToRecord = {
  failure: Omit<Failure, 'groupId'>
  diagnosis: Diagnosis
  /** Reports with one key within 7 days are one event; null when nothing tells them apart. */
  eventKey: string | null
  userHash: Uint8Array | null
  /** At how many occurrences the group gets its test. */
  threshold: number
}

/**
 * Counts a failure into its group and keeps it. The group's row stays locked until the transaction ends, so that of
 * several third occurrences at once only one sees the count three.
 */
export const recordFailure = async (
  scope: WorkspaceScope,
  given: FailureToRecord,
): Promise<{ failureId: string; group: FailureGroup; duplicate: boolean }> => {
  const report = storable(given)
  const { failure, eventKey } = report
  if (eventKey !== null) {
    const first = await claimEvent(scope, { eventKey, failureId: failure.id, at: failure.receivedAt })
    if (first !== null) {
      const group = await findFailureGroup(scope, first.groupId)
      if (group !== null) return { failureId: first.failureId, group, duplicate: true }
    }
  }
  const { id: groupId } = await countIntoGroup(scope, report)
  if (eventKey !== null) await nameGroupOfEvent(scope, { eventKey, groupId })
  await insertFailure(scope, { ...report, groupId })
  await countUser(scope, { groupId, userHash: report.userHash })
  const group = await findFailureGroup(scope, groupId)
  return { failureId: failure.id, group: group!, duplicate: false }
}

/** Stored failures, newest first. */
export const listFailures = async (
  { db, workspaceId }: WorkspaceScope,
  query: PageOptions & {
    group?: string | undefined
    category?: Failure['category'] | undefined
    since?: string | undefined
  },
): Promise<Page<Failure>> => {
  const { group, category, since } = query
  const after = decodeCursor(query.cursor, TimePosition)
  const limit = limitOf(query)
  let select = db.selectFrom('failures').selectAll().where('workspaceId', '=', workspaceId)
  if (group !== undefined) select = select.where('groupId', '=', group)
  if (category !== undefined) select = select.where('category', '=', category)
  if (since !== undefined) select = select.where('receivedAt', '>=', since).where('day', '>=', dayOf(since))
  if (after !== undefined) {
    const [receivedAt, id] = after
    select = select.where('day', '<=', dayOf(receivedAt)).where(isBefore(['receivedAt', 'id'], [receivedAt, id]))
  }
  const rows = await select
    .orderBy('receivedAt', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute()
  return pageFrom(rows, { limit, item: toFailure, position: ({ receivedAt, id }) => [receivedAt, id] })
}

/** One failure; null when the workspace has none with this id. */
export const findFailure = async ({ db, workspaceId }: WorkspaceScope, id: string): Promise<Failure | null> => {
  const row = await db
    .selectFrom('failures')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row ? toFailure(row) : null
}

/** The newest failure of a group that holds what was asked, so that it can be asked again. */
export const newestReplayable = async (
  { db, workspaceId }: WorkspaceScope,
  groupId: string,
): Promise<Failure | null> => {
  const row = await db
    .selectFrom('failures')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('groupId', '=', groupId)
    .where('request', 'is not', null)
    .orderBy('receivedAt', 'desc')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row ? toFailure(row) : null
}

/** Failure groups by their last occurrence or by how many they had. */
export const listFailureGroups = async (
  scope: WorkspaceScope,
  query: PageOptions & {
    state?: FailureGroup['state'] | undefined
    category?: FailureGroup['category'] | undefined
    q?: string | undefined
    sort?: 'lastSeen' | 'occurrences' | undefined
  },
): Promise<Page<FailureGroup>> => {
  const { state, category, q, sort = 'lastSeen' } = query
  const limit = limitOf(query)
  const { column, position } = orders[sort]
  const after = decodeCursor<[string | number, string]>(query.cursor, position)
  let select = selectGroups(scope)
  if (state !== undefined) select = select.where('state', '=', state)
  if (category !== undefined) select = select.where('category', '=', category)
  if (q !== undefined) {
    const wanted = `%${escapeLike(q)}%`
    select = select.where((eb) => eb.or([eb('title', 'ilike', wanted), eb('family', 'ilike', wanted)]))
  }
  if (after !== undefined) {
    select = select.where(isBefore([column, 'id'], after))
  }
  const rows = await select
    .orderBy(column, 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute()
  return pageFrom(rows, { limit, item: toFailureGroup, position: (row) => [row[column], row.id] })
}

/** One failure group; null when the workspace has none with this id. */
export const findFailureGroup = async (scope: WorkspaceScope, id: string): Promise<FailureGroup | null> => {
  const row = await selectGroups(scope).where('id', '=', id).executeTakeFirst()
  return row ? toFailureGroup(row) : null
}

/** The same, and no failure is counted into it until the transaction ends. */
export const lockFailureGroup = async (scope: WorkspaceScope, id: string): Promise<FailureGroup | null> => {
  const { db, workspaceId } = scope
  const group = db.selectFrom('failureGroups').select('id').where('workspaceId', '=', workspaceId).where('id', '=', id)
  const locked = await group.forUpdate().executeTakeFirst()
  return locked ? findFailureGroup(scope, id) : null
}

/** Resolves, reopens or mutes a group; null when unknown. */
export const updateFailureGroup = async (
  scope: WorkspaceScope,
  { id, state }: { id: string; state: FailureGroup['state']; now: string },
): Promise<FailureGroup | null> => {
  await scope.db
    .updateTable('failureGroups')
    .set({ state })
    .where('workspaceId', '=', scope.workspaceId)
    .where('id', '=', id)
    .execute()
  return findFailureGroup(scope, id)
}

const orders = {
  lastSeen: { column: 'lastSeenAt', position: TimePosition },
  occurrences: { column: 'occurrences', position: z.tuple([z.int(), z.uuid()]) },
} as const

/** Takes the event for this failure; when another took it within 7 days, whose it is. */
const claimEvent = async (
  { db, workspaceId }: WorkspaceScope,
  event: { eventKey: string; failureId: string; at: string },
): Promise<{ failureId: string; groupId: string } | null> => {
  const { eventKey, failureId, at } = event
  const claimed = await db
    .insertInto('failureKeys')
    .values({ workspaceId, eventKey, failureId, groupId: null, at })
    .onConflict((conflict) =>
      conflict
        .columns(['workspaceId', 'eventKey'])
        .doUpdateSet({ failureId, groupId: null, at })
        .where(sql<boolean>`failure_keys.at < ${at}::timestamptz - interval '7 days'`),
    )
    .returning('failureId')
    .executeTakeFirst()
  if (claimed) return null
  const first = await db
    .selectFrom('failureKeys')
    .select(['failureId', 'groupId'])
    .where('workspaceId', '=', workspaceId)
    .where('eventKey', '=', eventKey)
    .executeTakeFirstOrThrow()
  return first.groupId === null ? null : { failureId: first.failureId, groupId: first.groupId }
}

const nameGroupOfEvent = async (
  { db, workspaceId }: WorkspaceScope,
  { eventKey, groupId }: { eventKey: string; groupId: string },
): Promise<void> => {
  await db
    .updateTable('failureKeys')
    .set({ groupId })
    .where('workspaceId', '=', workspaceId)
    .where('eventKey', '=', eventKey)
    .execute()
}

/** A group that was resolved is open again when its failure comes back; a muted one stays muted. */
const countIntoGroup = async (
  { db, workspaceId }: WorkspaceScope,
  { failure, diagnosis, threshold }: FailureToRecord,
): Promise<{ id: string }> => {
  const { fingerprint, family, title, category, severity, why } = diagnosis
  const group = await db
    .insertInto('failureGroups')
    .values({
      id: failure.id,
      workspaceId,
      fingerprint,
      family,
      title,
      category,
      severity,
      why: json(why),
      state: 'open',
      occurrences: failure.count,
      threshold,
      users: 0,
      firstSeenAt: failure.at,
      lastSeenAt: failure.at,
      testId: null,
      testStatus: 'waiting',
    })
    .onConflict((conflict) =>
      conflict.columns(['workspaceId', 'fingerprint']).doUpdateSet((eb) => ({
        occurrences: eb('failureGroups.occurrences', '+', failure.count),
        firstSeenAt: eb.fn('least', [eb.ref('failureGroups.firstSeenAt'), eb.ref('excluded.firstSeenAt')]),
        lastSeenAt: eb.fn('greatest', [eb.ref('failureGroups.lastSeenAt'), eb.ref('excluded.lastSeenAt')]),
        state: eb
          .case()
          .when('failureGroups.state', '=', 'resolved')
          .then('reopened' as const)
          .else(eb.ref('failureGroups.state'))
          .end(),
      })),
    )
    .returning('id')
    .executeTakeFirstOrThrow()
  await db
    .insertInto('failureGroupDays')
    .values({ workspaceId, groupId: group.id, day: dayOf(failure.at), occurrences: failure.count })
    .onConflict((conflict) =>
      conflict.columns(['groupId', 'day']).doUpdateSet(({ eb }) => ({
        occurrences: eb('failureGroupDays.occurrences', '+', failure.count),
      })),
    )
    .execute()
  return group
}

const insertFailure = async (
  scope: WorkspaceScope,
  { failure, diagnosis, userHash, groupId }: FailureToRecord & { groupId: string },
): Promise<void> => {
  const { db, workspaceId } = scope
  const day = dayOf(failure.receivedAt)
  await ensureDay(scope, { table: 'failures', day })
  await db
    .insertInto('failures')
    .values({
      ...failure,
      workspaceId,
      groupId,
      day,
      fingerprint: diagnosis.fingerprint,
      family: diagnosis.family,
      subcategory: diagnosis.subcategory,
      userHash,
      context: jsonOrNull(failure.context),
      request: jsonOrNull(failure.request),
      redactions: json(failure.redactions),
    })
    .execute()
}

const countUser = async (
  { db, workspaceId }: WorkspaceScope,
  { groupId, userHash }: { groupId: string; userHash: Uint8Array | null },
): Promise<void> => {
  if (userHash === null) return
  const fresh = await db
    .insertInto('failureGroupUsers')
    .values({ workspaceId, groupId, userHash })
    .onConflict((conflict) => conflict.doNothing())
    .returning('groupId')
    .executeTakeFirst()
  if (!fresh) return
  await db
    .updateTable('failureGroups')
    .set(({ eb }) => ({ users: eb('users', '+', 1) }))
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', groupId)
    .execute()
}

/** Groups with their counts by day, which are read apart so that a page costs one statement. */
const selectGroups = ({ db, workspaceId }: WorkspaceScope) =>
  db
    .selectFrom('failureGroups')
    .selectAll('failureGroups')

    .select((eb) =>
      eb
        .selectFrom('failureGroupDays')
        .select(sql<Record<string, number>>`coalesce(json_object_agg(day, occurrences), '{}')`.as('days'))
        .whereRef('failureGroupDays.groupId', '=', 'failureGroups.id')
        .where('failureGroupDays.workspaceId', '=', workspaceId)
        .where(sql<boolean>`day > (now() at time zone 'UTC')::date - 14`)
        .as('days'),
    )
    .select(sql<string>`(now() at time zone 'UTC')::date`.as('today'))
    .where('workspaceId', '=', workspaceId)

type GroupRow = Selectable<Database['failureGroups']> & { days: Record<string, number> | null; today: string }

const DAY_MS = 86_400_000

const toFailureGroup = ({ days, today, workspaceId: _workspaceId, ...group }: GroupRow): FailureGroup => ({
  ...group,
  daily: Array.from({ length: 14 }, (_, index) => {
    const day = dayOf(new Date(Date.parse(today) - (13 - index) * DAY_MS).toISOString())
    return days?.[day] ?? 0
  }),
})

const toFailure = ({
  workspaceId: _workspaceId,
  day: _day,
  fingerprint: _fingerprint,
  family: _family,
  subcategory: _subcategory,
  userHash: _userHash,
  ...failure
}: Selectable<Database['failures']>): Failure => failure
