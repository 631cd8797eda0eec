import {
  isMuteOver,
  severities,
  stepSeverity,
  type Category,
  type FailureFamily,
  type FailureGroup,
  type FailureGroupDetail,
  type Page,
  type Severity,
  type SimilarGroup,
} from '@assay/core'
import { type RawBuilder, type Selectable, sql } from 'kysely'
import { z } from 'zod'
import { decodeCursor, isBefore, limitOf, pageFrom, type PageOptions, TimePosition } from './cursor.ts'
import { findLike } from './failure-places.ts'
import { changesOf } from './group-changes.ts'
import { dayOf, escapeLike } from './requests.ts'
import type { Database } from './schema.ts'
import type { WorkspaceScope } from './scope.ts'
import { storable } from './storable.ts'

/** A group as it lies in the database. */
export type GroupRow = Selectable<Database['failureGroups']>

/** A group as a count left it, without what only a page shows. */
export type CountedGroup = Omit<FailureGroup, 'daily'>

/** What groups are listed by. */
export type GroupQuery = PageOptions & {
  state?: FailureGroup['state'] | undefined
  category?: Category | undefined
  severity?: Severity | undefined
  family?: string | undefined
  q?: string | undefined
  sort?: 'lastSeen' | 'occurrences' | undefined
}

/** Failure groups by their last occurrence or by how many they had. */
export const listFailureGroups = async (scope: WorkspaceScope, query: GroupQuery): Promise<Page<FailureGroup>> => {
  const { state, category, severity, family, q, sort = 'lastSeen' } = query
  const limit = limitOf(query)
  const { column, position } = orders[sort]
  const after = decodeCursor<[string | number, string]>(query.cursor, position)
  let select = selectGroups(scope).where('mergedInto', 'is', null).where('occurrences', '>', 0)
  if (state !== undefined) select = select.where(stateNow, '=', state)
  if (category !== undefined) select = select.where('category', '=', category)
  if (severity !== undefined) select = select.where(severityNow, '=', severity)
  if (family !== undefined) select = select.where('family', '=', family)
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

/** One failure group, the surviving one where it was merged; null when the workspace has none with this id. */
export const findFailureGroup = async (scope: WorkspaceScope, id: string): Promise<FailureGroup | null> => {
  const row = await selectGroups(scope).where('id', '=', id).executeTakeFirst()
  if (!row) return null
  return row.mergedInto === null ? toFailureGroup(row) : findFailureGroup(scope, row.mergedInto)
}

/** The same, and no failure is counted into it until the transaction ends. */
export const lockFailureGroup = async (scope: WorkspaceScope, id: string): Promise<FailureGroup | null> => {
  const { db, workspaceId } = scope
  const group = db.selectFrom('failureGroups').select('id').where('workspaceId', '=', workspaceId).where('id', '=', id)
  const locked = await group.forUpdate().executeTakeFirst()
  return locked ? findFailureGroup(scope, id) : null
}

/** The same with its fingerprints, releases, tests and what was merged and split. */
export const readFailureGroup = async (scope: WorkspaceScope, wanted: string): Promise<FailureGroupDetail | null> => {
  const { db, workspaceId } = scope
  const group = await findFailureGroup(scope, wanted)
  if (group === null) return null
  const { id } = group
  const cells = db
    .selectFrom('fingerprintAliases as alias')
    .innerJoin('failureGroupDays as cell', 'cell.aliasId', 'alias.id')
    .where('alias.workspaceId', '=', workspaceId)
    .where('alias.groupId', '=', id)
  const releases = await cells
    .select(['cell.release', sumOf('occurrences')])
    .select((eb) => [eb.fn.min('cell.firstSeenAt').as('firstSeenAt'), eb.fn.max('cell.lastSeenAt').as('lastSeenAt')])
    .where('cell.release', '<>', '')
    .groupBy('cell.release')
    .orderBy('lastSeenAt', 'desc')
    .limit(50)
    .execute()
  const fingerprints = await db
    .selectFrom('fingerprintAliases as alias')
    .leftJoin('failureGroupDays as cell', 'cell.aliasId', 'alias.id')
    .select([
      'alias.fingerprint',
      'alias.origin',
      'alias.similarity',
      'alias.isOpen',
      'alias.text',
      sumOf('occurrences'),
    ])
    .select((eb) => eb.fn.max('cell.lastSeenAt').as('lastSeenAt'))
    .where('alias.workspaceId', '=', workspaceId)
    .where('alias.groupId', '=', id)
    .groupBy(['alias.id'])
    .orderBy(sql`occurrences`, 'desc')
    .orderBy('alias.id')
    .limit(200)
    .execute()
  const tests = await db
    .selectFrom('regressionTests')
    .select('id')
    .where('workspaceId', '=', workspaceId)
    .where('groupId', '=', id)
    .orderBy('createdAt')
    .execute()
  return {
    ...group,
    releases,
    fingerprints: fingerprints.map((one) => ({ ...one, text: one.text?.slice(0, 500) ?? null })),
    testIds: tests.map((test) => test.id),
    changes: await changesOf(scope, id),
  }
}

/** Groups whose texts are like this one's, the likest first. */
export const listSimilarGroups = async (scope: WorkspaceScope, id: string): Promise<SimilarGroup[]> => {
  const { db, workspaceId } = scope
  const texts = await db
    .selectFrom('fingerprintAliases')
    .select(['category', 'errorType', 'text'])
    .where('workspaceId', '=', workspaceId)
    .where('groupId', '=', id)
    .where('text', 'is not', null)
    .orderBy('id')
    .limit(20)
    .execute()
  const best = new Map<string, number>()
  for (const { category, errorType, text } of texts) {
    if (errorType === null || text === null) continue
    for (const like of await findLike(scope, { diagnosis: { category }, errorType, text })) {
      if (like.groupId !== id) best.set(like.groupId, Math.max(like.similarity, best.get(like.groupId) ?? 0))
    }
  }
  const groups = await Promise.all([...best.keys()].map((other) => findFailureGroup(scope, other)))
  return groups
    .flatMap((group) => (group && group.occurrences > 0 ? [{ group, similarity: best.get(group.id) ?? 0 }] : []))
    .toSorted((a, b) => b.similarity - a.similarity || (a.group.id < b.group.id ? -1 : 1))
    .slice(0, 20)
}

/** Families of the groups that are open or reopened, the one seen last first. */
export const listFailureFamilies = async (
  scope: WorkspaceScope,
  { limit }: { limit: number },
): Promise<FailureFamily[]> => {
  const { db, workspaceId } = scope
  const families = await db
    .selectFrom('failureGroups')
    .select([
      'family',
      'category',
      sql<number>`max(${rankNow})`.as('rank'),
      sql<number>`count(*)::integer`.as('groups'),
      sql<number>`sum(occurrences)::bigint`.as('occurrences'),
      sql<string>`max(last_seen_at)`.as('lastSeenAt'),
      sql<string>`(array_agg(id order by last_seen_at desc, id desc))[1]`.as('groupId'),
      sql<string>`(array_agg(title order by last_seen_at desc, id desc))[1]`.as('title'),
    ])
    .where('workspaceId', '=', workspaceId)
    .where('mergedInto', 'is', null)
    .where('occurrences', '>', 0)
    .where(stateNow, 'in', ['open', 'reopened'])
    .groupBy(['family', 'category'])
    .orderBy('lastSeenAt', 'desc')
    .limit(limit)
    .execute()
  const days = await readFamilyDays(
    scope,
    families.map(({ family }) => family),
  )
  return families.map(({ rank, ...family }) => ({
    ...family,
    severity: severities[rank - 1]!,
    daily: dailyOf(days.get(`${family.category} ${family.family}`) ?? {}, dayOf(new Date().toISOString())),
  }))
}

/** What may be changed of a group by hand. */
export type GroupUpdate = {
  state?: FailureGroup['state'] | undefined
  resolvedIn?: string | null | undefined
  mutedUntil?: string | null | undefined
  mutedFor?: number | null | undefined
  title?: string | undefined
}

/** Resolves, reopens, mutes or names a group; null when unknown. */
export const updateFailureGroup = async (
  scope: WorkspaceScope,
  { id, now, ...given }: GroupUpdate & { id: string; now: string },
): Promise<FailureGroup | null> => {
  const group = await findFailureGroup(scope, id)
  if (group === null) return null
  const { state, resolvedIn = null, mutedUntil = null, mutedFor = null, title } = storable(given)
  await scope.db
    .updateTable('failureGroups')
    .set({
      ...(title === undefined ? {} : { title }),
      ...(state === undefined
        ? {}
        : {
            state,
            resolvedIn: state === 'resolved' ? resolvedIn : null,
            resolvedAt: state === 'resolved' ? now : null,
            mutedUntil: state === 'muted' ? mutedUntil : null,
            muteEndsAt: state === 'muted' && mutedFor !== null ? group.occurrences + mutedFor : null,
          }),
    })
    .where('workspaceId', '=', scope.workspaceId)
    .where('id', '=', group.id)
    .execute()
  return findFailureGroup(scope, group.id)
}

const orders = {
  lastSeen: { column: 'lastSeenAt', position: TimePosition },
  occurrences: { column: 'occurrences', position: z.tuple([z.int(), z.uuid()]) },
} as const

/** The state that holds now: a muting that has come to its end is over, whether or not a failure came since. */
const stateNow = sql<FailureGroup['state']>`case
  when failure_groups.state = 'muted' and (muted_until <= now() or failure_groups.occurrences > mute_ends_at) then 'open'
  else failure_groups.state end`

/** 1 for the mildest, one more while it is widespread. */
const rankNow: RawBuilder<number> = sql<number>`least(${sql.lit(severities.length)},
  array_position(array[${sql.join(severities.map((severity) => sql.lit(severity)))}], severity)
  + case when widespread_until > now() then 1 else 0 end)`

const severityNow = sql<Severity>`(array[${sql.join(severities.map((severity) => sql.lit(severity)))}])[${rankNow}]`

const sumOf = (column: 'occurrences') => sql<number>`coalesce(sum(cell.${sql.ref(column)}), 0)::bigint`.as(column)

/**
 * Groups with their counts by day in the same statement, as text that is added up here: one read for each shown row by
 * its keys, and nothing that the database would have to sort.
 */
const selectGroups = ({ db, workspaceId }: WorkspaceScope) =>
  db
    .selectFrom('failureGroups')
    .selectAll('failureGroups')
    .select((eb) =>
      eb
        .selectFrom('fingerprintAliases')
        .innerJoin('failureGroupDays', 'failureGroupDays.aliasId', 'fingerprintAliases.id')
        .select(sql<string | null>`string_agg(day || ' ' || failure_group_days.occurrences, ',')`.as('days'))
        .whereRef('fingerprintAliases.groupId', '=', 'failureGroups.id')
        .where('day', '>', dayOf(new Date(Date.now() - DAYS_SHOWN * DAY_MS).toISOString()))
        .as('days'),
    )
    .where('workspaceId', '=', workspaceId)

type ShownRow = GroupRow & { days: string | null }

const toFailureGroup = ({ days, ...row }: ShownRow): FailureGroup => {
  const counts: Record<string, number> = {}
  for (const cell of days?.split(',') ?? []) {
    const [day = '', count] = cell.split(' ')
    counts[day] = (counts[day] ?? 0) + Number(count)
  }
  return { ...toCountedGroup(row), daily: dailyOf(counts, dayOf(new Date().toISOString())) }
}

const DAYS_SHOWN = 14
const DAY_MS = 86_400_000

const dailyOf = (days: Record<string, number>, today: string): number[] =>
  Array.from({ length: DAYS_SHOWN }, (_, index) => {
    const day = dayOf(new Date(Date.parse(today) - (DAYS_SHOWN - 1 - index) * DAY_MS).toISOString())
    return days[day] ?? 0
  })

const readFamilyDays = async (
  { db, workspaceId }: WorkspaceScope,
  families: readonly string[],
): Promise<Map<string, Record<string, number>>> => {
  if (families.length === 0) return new Map()
  const rows = await db
    .selectFrom('failureGroups')
    .innerJoin('fingerprintAliases', 'fingerprintAliases.groupId', 'failureGroups.id')
    .innerJoin('failureGroupDays', 'failureGroupDays.aliasId', 'fingerprintAliases.id')
    .select([
      'failureGroups.family',
      'failureGroups.category',
      sql<string>`day::text`.as('day'),
      sql<number>`sum(failure_group_days.occurrences)::bigint`.as('count'),
    ])
    .where('failureGroups.workspaceId', '=', workspaceId)
    .where('failureGroups.family', 'in', families)
    .where(stateNow, 'in', ['open', 'reopened'])
    .where(sql<boolean>`day > (now() at time zone 'UTC')::date - 14`)
    .groupBy(['failureGroups.family', 'failureGroups.category', 'day'])
    .execute()
  const days = new Map<string, Record<string, number>>()
  for (const { family, category, day, count } of rows) {
    const key = `${category} ${family}`
    days.set(key, { ...days.get(key), [day]: count })
  }
  return days
}

/** A row as the product speaks of it, as things stand now. */
export const toCountedGroup = (row: GroupRow): CountedGroup => {
  const now = new Date().toISOString()
  const {
    workspaceId: _workspaceId,
    resolvedAt: _resolvedAt,
    spreadLookedAt: _spreadLookedAt,
    lastUserHash: _lastUserHash,
    mergedInto: _mergedInto,
    muteEndsAt,
    widespreadUntil,
    ...group
  } = row
  const isWidespread = widespreadUntil !== null && widespreadUntil > now
  const isMuted = row.state === 'muted' && !isMuteOver(row, now)
  return {
    ...group,
    state: row.state === 'muted' && !isMuted ? 'open' : row.state,
    mutedUntil: isMuted ? row.mutedUntil : null,
    mutedFor: isMuted && muteEndsAt !== null ? muteEndsAt - row.occurrences : null,
    isWidespread,
    severity: isWidespread ? stepSeverity(row.severity, 1) : row.severity,
  }
}
