import { GROUPING_VERSION, type CountBy, type Failure } from '@assay/core'
import { sql } from 'kysely'
import {
  countDays,
  countIntoGroups,
  countUsers,
  hexOf,
  type GroupNews,
  type Groups,
  type Placed,
} from './count-failures.ts'
import { type CountedGroup, type GroupRow, toCountedGroup } from './failure-groups.ts'
import { type Cause, holdGrouping } from './failure-places.ts'
import { noteSpread } from './failure-spread.ts'
import { insertFromJson } from './json-rows.ts'
import { dayOf } from './requests.ts'
import { type Database, json } from './schema.ts'
import type { WorkspaceScope } from './scope.ts'
import { storable } from './storable.ts'
import { ensureDay } from './system/partitions.ts'

/** A failure about to be counted, and what decides where. */
export type FailureToRecord = Cause & {
  failure: Omit<Failure, 'groupId'>
  /** Reports with one key within 7 days are one event; null when nothing tells them apart. */
  eventKey: string | null
  userHash: Uint8Array | null
  /** At how many of what is counted the group gets its test. */
  threshold: number
  countBy?: CountBy
}

/** Where a failure was counted, and how its group stood right after it. */
export type RecordedFailure = {
  failureId: string
  group: CountedGroup
  duplicate: boolean
  /** What this failure made of its group, where that is news. */
  news: GroupNews | null
}

/**
 * Counts failures into their groups and keeps them, in the order given, with a handful of statements however many they
 * are. The rows of the groups stay locked until the transaction ends, so that of several third occurrences at once
 * only one sees the count three. Keys and groups are locked in one order by everybody, so that nobody waits in a circle.
 */
export const recordFailures = async (
  scope: WorkspaceScope,
  given: readonly FailureToRecord[],
): Promise<RecordedFailure[]> => {
  await holdGrouping(scope, 'shared')
  const reports = given.map(storable)
  const { fresh, earlier } = await claimEvents(scope, reports)
  const { placed, groups } = await countIntoGroups(scope, fresh)
  await nameGroupsOfEvents(scope, placed)
  await insertFailures(scope, placed)
  await countDays(scope, placed)
  await countUsers(scope, placed, groups)
  await noteSpread(scope, placed, groups)
  return standings(scope, { reports, fresh: placed, earlier, groups })
}

/** The same of one failure. */
export const recordFailure = async (scope: WorkspaceScope, given: FailureToRecord): Promise<RecordedFailure> =>
  (await recordFailures(scope, [given]))[0]!

/** For how long a key names an event. */
const sameEvent = sql<string>`interval '7 days'`

type Claim = { failureId: string; groupId: string | null }
type Earlier = ReadonlyMap<FailureToRecord, Claim>

/** Takes the events for these failures; of those that others took within 7 days, whose they are. */
const claimEvents = async (
  { db, workspaceId }: WorkspaceScope,
  reports: readonly FailureToRecord[],
): Promise<{ fresh: FailureToRecord[]; earlier: Earlier }> => {
  const firsts = new Map<string, FailureToRecord>()
  for (const report of reports) {
    if (report.eventKey !== null && !firsts.has(report.eventKey)) firsts.set(report.eventKey, report)
  }
  if (firsts.size === 0) return { fresh: [...reports], earlier: new Map() }
  const keys = [...firsts.keys()].toSorted()
  const claimed = await db
    .insertInto('failureKeys')
    .values(
      keys.map((eventKey) => {
        const { failure } = firsts.get(eventKey)!
        return { workspaceId, eventKey, failureId: failure.id, groupId: null, at: failure.receivedAt }
      }),
    )
    .onConflict((conflict) =>
      conflict
        .columns(['workspaceId', 'eventKey'])
        .doUpdateSet((eb) => ({
          failureId: eb.ref('excluded.failureId'),
          groupId: null,
          at: eb.ref('excluded.at'),
        }))
        .where(sql<boolean>`failure_keys.at < excluded.at - ${sameEvent}`),
    )
    .returning('eventKey')
    .execute()
  const ours = new Set(claimed.map(({ eventKey }) => eventKey))
  const theirs = keys.filter((key) => !ours.has(key))
  const owners = new Map<string, Claim>(
    keys.map((key) => [key, { failureId: firsts.get(key)!.failure.id, groupId: null }]),
  )
  if (theirs.length > 0) {
    const rows = await db
      .selectFrom('failureKeys')
      .select(['eventKey', 'failureId', 'groupId'])
      .where('workspaceId', '=', workspaceId)
      .where('eventKey', 'in', theirs)
      .execute()
    for (const { eventKey, ...claim } of rows) owners.set(eventKey, claim)
  }
  const isFresh = (report: FailureToRecord): boolean =>
    report.eventKey === null || (ours.has(report.eventKey) && firsts.get(report.eventKey) === report)
  const repeated = reports.filter((report) => !isFresh(report))
  return {
    fresh: reports.filter(isFresh),
    earlier: new Map(repeated.map((report) => [report, owners.get(report.eventKey!)!])),
  }
}

const nameGroupsOfEvents = async ({ db, workspaceId }: WorkspaceScope, reports: readonly Placed[]): Promise<void> => {
  const named = reports.flatMap(({ eventKey, groupId }) => (eventKey === null ? [] : [{ eventKey, groupId }]))
  if (named.length === 0) return
  await sql`
    update failure_keys set group_id = named."groupId"
    from json_to_recordset(${json(named)}::json) as named("eventKey" text, "groupId" uuid)
    where workspace_id = ${workspaceId} and event_key = named."eventKey"
  `.execute(db)
}

const insertFailures = async (scope: WorkspaceScope, reports: readonly Placed[]): Promise<void> => {
  if (reports.length === 0) return
  for (const day of new Set(reports.map(({ failure }) => dayOf(failure.receivedAt)))) {
    await ensureDay(scope, { table: 'failures', day })
  }
  const rows = reports.map(({ failure, diagnosis, userHash, groupId, aliasId, isIncident }) => ({
    ...failure,
    workspaceId: scope.workspaceId,
    groupId,
    aliasId,
    isIncident,
    fingerprint: diagnosis.fingerprint,
    family: diagnosis.family,
    subcategory: diagnosis.subcategory,
    userHash: userHash && `\\x${hexOf(userHash)}`,
    groupingVersion: GROUPING_VERSION,
  }))
  await scope.db.executeQuery(insertion(JSON.stringify(rows)))
}

const insertion = insertFromJson('failures', {
  columns: {
    id: 'uuid',
    workspaceId: 'uuid',
    groupId: 'uuid',
    aliasId: 'uuid',
    at: 'timestamptz',
    receivedAt: 'timestamptz',
    name: 'text',
    message: 'text',
    stack: 'text',
    causes: 'jsonb',
    httpStatus: 'integer',
    provider: 'text',
    model: 'text',
    providerCode: 'text',
    providerType: 'text',
    requestId: 'text',
    conversationId: 'text',
    environment: 'text',
    release: 'text',
    package: 'text',
    packageVersion: 'text',
    framework: 'text',
    category: 'text',
    subcategory: 'text',
    severity: 'text',
    fingerprint: 'text',
    family: 'text',
    groupingVersion: 'integer',
    absorbed: 'boolean',
    count: 'integer',
    isIncident: 'boolean',
    userHash: 'bytea',
    tags: 'text[]',
    context: 'jsonb',
    request: 'jsonb',
    output: 'text',
    bodies: 'text',
    truncated: 'text[]',
    redactions: 'jsonb',
  } satisfies Record<Exclude<keyof Database['failures'], 'day'>, string>,
  derived: { day: `(row."receivedAt" at time zone 'UTC')::date` },
  ending: 'returning id',
})

/** How each report left its group: the last one of a group sees all of them, the one before it one less. */
const standings = async (
  scope: WorkspaceScope,
  parts: { reports: readonly FailureToRecord[]; fresh: readonly Placed[]; earlier: Earlier; groups: Groups },
): Promise<RecordedFailure[]> => {
  const { reports, fresh, earlier, groups } = parts
  const byId = new Map(groups)
  const placedAs = new Map(fresh.map((placed) => [placed.failure.id, placed]))
  const missing = [...earlier.values()].flatMap(({ groupId }) => (groupId && !byId.has(groupId) ? [groupId] : []))
  for (const group of await readGroups(scope, missing)) byId.set(group.id, group)
  const later = new Map<string, { occurrences: number; incidents: number }>()
  return reports
    .toReversed()
    .map((report): RecordedFailure => {
      const first = earlier.get(report)
      const failureId = first?.failureId ?? report.failure.id
      const placed = placedAs.get(failureId)
      const id = placed?.groupId ?? first!.groupId!
      const after = later.get(id) ?? { occurrences: 0, incidents: 0 }
      const group = toCountedGroup(byId.get(id)!)
      if (!first) {
        const { failure, isIncident } = placed!
        later.set(id, {
          occurrences: after.occurrences + failure.count,
          incidents: after.incidents + (isIncident ? 1 : 0),
        })
      }
      return {
        failureId,
        duplicate: first !== undefined,
        news: first ? null : placed!.news,
        group: {
          ...group,
          occurrences: group.occurrences - after.occurrences,
          incidents: group.incidents - after.incidents,
        },
      }
    })
    .toReversed()
}

const readGroups = async ({ db, workspaceId }: WorkspaceScope, ids: readonly string[]): Promise<GroupRow[]> => {
  if (ids.length === 0) return []
  return db
    .selectFrom('failureGroups')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('id', 'in', ids)
    .execute()
}
