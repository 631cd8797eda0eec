import { GROUPING_VERSION, severities, type Diagnosis, type Failure, type FailureGroup } from '@assay/core'
import { type Selectable, sql } from 'kysely'
import { insertFromJson } from './json-rows.ts'
import { dayOf } from './requests.ts'
import { type Database, json } from './schema.ts'
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

/** A group as a count left it, without what only a page shows. */
export type CountedGroup = Omit<FailureGroup, 'daily'>

/** Where a failure was counted, and how its group stood right after it. */
export type RecordedFailure = { failureId: string; group: CountedGroup; duplicate: boolean }

/**
 * Counts failures into their groups and keeps them, in the order given, with a handful of statements however many they
 * are. The rows of the groups stay locked until the transaction ends, so that of several third occurrences at once
 * only one sees the count three. Keys and groups are locked in one order by everybody, so that nobody waits in a circle.
 */
export const recordFailures = async (
  scope: WorkspaceScope,
  given: readonly FailureToRecord[],
): Promise<RecordedFailure[]> => {
  const reports = given.map(storable)
  const { fresh, earlier } = await claimEvents(scope, reports)
  const groups = await countIntoGroups(scope, fresh)
  const placed = fresh.map((report) => ({ ...report, groupId: groups.get(report.diagnosis.fingerprint)!.id }))
  await nameGroupsOfEvents(scope, placed)
  await insertFailures(scope, placed)
  await countUsers(scope, placed, groups)
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

type Groups = Map<string, CountedGroup>

/** A group that was resolved is open again when its failure comes back; a muted one stays muted. */
const countIntoGroups = async (scope: WorkspaceScope, reports: readonly FailureToRecord[]): Promise<Groups> => {
  if (reports.length === 0) return new Map()
  const { db, workspaceId } = scope
  const byFingerprint = Map.groupBy(reports, ({ diagnosis }) => diagnosis.fingerprint)
  const rows = await db
    .insertInto('failureGroups')
    .values(
      [...byFingerprint.keys()].toSorted().map((fingerprint) => {
        const members = byFingerprint.get(fingerprint)!
        const { failure, diagnosis, threshold } = members[0]!
        const times = members.map(({ failure: { at } }) => at).toSorted()
        return {
          id: failure.id,
          workspaceId,
          fingerprint,
          family: diagnosis.family,
          title: diagnosis.title,
          category: diagnosis.category,
          severity: worstOf(members),
          why: json(diagnosis.why),
          state: 'open' as const,
          occurrences: countOf(members),
          absorbed: countOf(members.filter(({ failure: { absorbed } }) => absorbed)),
          threshold,
          users: 0,
          firstSeenAt: times[0]!,
          lastSeenAt: times.at(-1)!,
          testId: null,
          testStatus: 'waiting' as const,
        }
      }),
    )
    .onConflict((conflict) =>
      conflict.columns(['workspaceId', 'fingerprint']).doUpdateSet((eb) => ({
        occurrences: eb('failureGroups.occurrences', '+', eb.ref('excluded.occurrences')),
        absorbed: eb('failureGroups.absorbed', '+', eb.ref('excluded.absorbed')),
        threshold: eb.ref('excluded.threshold'),
        severity: sql<FailureGroup['severity']>`case when ${rankOf('excluded')} > ${rankOf('failure_groups')}
          then excluded.severity else failure_groups.severity end`,
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
    .returningAll()
    .execute()
  const groups: Groups = new Map(rows.map((row) => [row.fingerprint, toCountedGroup(row)]))
  await countDays(scope, reports, groups)
  return groups
}

const countOf = (reports: readonly FailureToRecord[]): number =>
  reports.reduce((sum, { failure }) => sum + failure.count, 0)

const worstOf = (reports: readonly FailureToRecord[]): Failure['severity'] =>
  severities[Math.max(...reports.map(({ diagnosis }) => severities.indexOf(diagnosis.severity)))]!

const rankOf = (table: 'excluded' | 'failure_groups') =>
  sql`array_position(array[${sql.join(severities.map((severity) => sql.lit(severity)))}], ${sql.ref(table)}.severity)`

const countDays = async (
  { db, workspaceId }: WorkspaceScope,
  reports: readonly FailureToRecord[],
  groups: Groups,
): Promise<void> => {
  const counts = new Map<string, { groupId: string; day: string; occurrences: number }>()
  for (const { failure, diagnosis } of reports) {
    const groupId = groups.get(diagnosis.fingerprint)!.id
    const day = dayOf(failure.at)
    const sum = counts.get(groupId + day) ?? { groupId, day, occurrences: 0 }
    counts.set(groupId + day, { ...sum, occurrences: sum.occurrences + failure.count })
  }
  await db
    .insertInto('failureGroupDays')
    .values([...counts.values()].map((count) => ({ workspaceId, ...count })))
    .onConflict((conflict) =>
      conflict.columns(['groupId', 'day']).doUpdateSet((eb) => ({
        occurrences: eb('failureGroupDays.occurrences', '+', eb.ref('excluded.occurrences')),
      })),
    )
    .execute()
}

type Placed = FailureToRecord & { groupId: string }

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
  const rows = reports.map(({ failure, diagnosis, userHash, groupId }) => ({
    ...failure,
    workspaceId: scope.workspaceId,
    groupId,
    fingerprint: diagnosis.fingerprint,
    family: diagnosis.family,
    subcategory: diagnosis.subcategory,
    userHash: userHash && `\\x${hexOf(userHash)}`,
    groupingVersion: GROUPING_VERSION,
  }))
  await scope.db.executeQuery(insertion(JSON.stringify(rows)))
}

const hexOf = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')

const insertion = insertFromJson('failures', {
  columns: {
    id: 'uuid',
    workspaceId: 'uuid',
    groupId: 'uuid',
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

const countUsers = async (
  { db, workspaceId }: WorkspaceScope,
  reports: readonly Placed[],
  groups: Groups,
): Promise<void> => {
  const users = new Map<string, { workspaceId: string; groupId: string; userHash: Uint8Array }>()
  for (const { groupId, userHash } of reports) {
    if (userHash !== null) users.set(groupId + hexOf(userHash), { workspaceId, groupId, userHash })
  }
  if (users.size === 0) return
  const fresh = await db
    .insertInto('failureGroupUsers')
    .values([...users.keys()].toSorted().map((key) => users.get(key)!))
    .onConflict((conflict) => conflict.doNothing())
    .returning('groupId')
    .execute()
  for (const [groupId, { length }] of Map.groupBy(fresh, ({ groupId }) => groupId)) {
    await db
      .updateTable('failureGroups')
      .set(({ eb }) => ({ users: eb('users', '+', length) }))
      .where('workspaceId', '=', workspaceId)
      .where('id', '=', groupId)
      .execute()
    const group = [...groups.values()].find(({ id }) => id === groupId)
    if (group) group.users += length
  }
}

/** How each report left its group: the last one of a group sees all of them, the one before it one less. */
const standings = async (
  scope: WorkspaceScope,
  parts: { reports: readonly FailureToRecord[]; fresh: readonly Placed[]; earlier: Earlier; groups: Groups },
): Promise<RecordedFailure[]> => {
  const { reports, fresh, earlier, groups } = parts
  const byId = new Map([...groups.values()].map((group) => [group.id, group]))
  const groupOf = new Map(fresh.map(({ failure, groupId }) => [failure.id, groupId]))
  const missing = [...earlier.values()].flatMap(({ groupId }) => (groupId && !byId.has(groupId) ? [groupId] : []))
  for (const group of await readGroups(scope, missing)) byId.set(group.id, group)
  const later = new Map<string, number>()
  return reports
    .toReversed()
    .map((report): RecordedFailure => {
      const first = earlier.get(report)
      const failureId = first?.failureId ?? report.failure.id
      const id = first?.groupId ?? groupOf.get(failureId)!
      const after = later.get(id) ?? 0
      const group = byId.get(id)!
      if (!first) later.set(id, after + report.failure.count)
      return {
        failureId,
        duplicate: first !== undefined,
        group: { ...group, occurrences: group.occurrences - after },
      }
    })
    .toReversed()
}

const readGroups = async ({ db, workspaceId }: WorkspaceScope, ids: readonly string[]): Promise<CountedGroup[]> => {
  if (ids.length === 0) return []
  const rows = await db
    .selectFrom('failureGroups')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('id', 'in', ids)
    .execute()
  return rows.map(toCountedGroup)
}

const toCountedGroup = ({ workspaceId: _workspaceId, ...group }: Selectable<Database['failureGroups']>): CountedGroup =>
  group
