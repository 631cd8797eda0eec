import {
  describedBy,
  diagnose,
  framesOf,
  type Failure,
  type FailureDetail,
  type FailureGroup,
  type Page,
} from '@assay/core'
import { type Selectable, sql } from 'kysely'
import { z } from 'zod'
import { decodeCursor, isBefore, limitOf, pageFrom, type PageOptions, TimePosition } from './cursor.ts'
import { dayOf, escapeLike } from './requests.ts'
import type { Database } from './schema.ts'
import type { WorkspaceScope } from './scope.ts'

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

/** One failure with what can be read out of it; null when the workspace has none with this id. */
export const findFailure = async ({ db, workspaceId }: WorkspaceScope, id: string): Promise<FailureDetail | null> => {
  const row = await db
    .selectFrom('failures')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .executeTakeFirst()
  if (!row) return null
  const { fingerprint, family, subcategory, groupingVersion } = row
  const failure = toFailure(row)
  return {
    ...failure,
    fingerprint,
    family,
    subcategory,
    groupingVersion,
    frames: failure.stack === null ? [] : framesOf(failure.stack),
    why: diagnose(describedBy(failure)).why,
  }
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
  groupingVersion: _groupingVersion,
  ...failure
}: Selectable<Database['failures']>): Failure => failure
