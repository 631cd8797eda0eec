import { isIncident, needsFirstSeen, recur, worseSeverity, type Recurrence } from '@assay/core'
import { sql } from 'kysely'
import type { GroupRow } from './failure-groups.ts'
import { type Arrival, findPlaces } from './failure-places.ts'
import type { FailureToRecord } from './record-failures.ts'
import { dayOf } from './requests.ts'
import { json } from './schema.ts'
import type { WorkspaceScope } from './scope.ts'

/** What a failure makes of its group, where that is news. */
export type GroupNews = 'new' | NonNullable<Recurrence['news']>

/** A failure with the group that it was counted into. */
export type Placed = FailureToRecord & {
  groupId: string
  aliasId: string
  isIncident: boolean
  news: GroupNews | null
}

/** Groups by their ids, as counts have left them. */
export type Groups = Map<string, GroupRow>

/** Counts failures in the order given. A group that was resolved is open again when its failure comes back. */
export const countIntoGroups = async (
  scope: WorkspaceScope,
  reports: readonly FailureToRecord[],
): Promise<{ placed: Placed[]; groups: Groups }> => {
  if (reports.length === 0) return { placed: [], groups: new Map() }
  const arrivals = new Map<string, Arrival>()
  for (const { failure, diagnosis, countBy = 'occurrences', ...report } of reports.toReversed()) {
    const { id, at } = failure
    arrivals.set(diagnosis.fingerprint, { ...report, id, at, diagnosis, countBy })
  }
  const places = await findPlaces(scope, arrivals)
  const groups = await lockGroups(
    scope,
    [...places.values()].map(({ groupId }) => groupId),
  )
  const firstSeenAt = await readReleases(scope, { reports, places, groups })
  const placed = reports.map((report): Placed => {
    const { groupId, aliasId } = places.get(report.diagnosis.fingerprint)!
    const group = groups.get(groupId)!
    const { news, ...counted } = countOne(group, report, firstSeenAt(group))
    groups.set(groupId, { ...group, ...counted })
    return { ...report, groupId, aliasId, news, isIncident: counted.incidents > group.incidents }
  })
  await writeCounts(scope, [...groups.values()])
  return { placed, groups }
}

/** The groups' rows, held until the transaction ends; taken in one order by everybody. */
export const lockGroups = async (
  { db, workspaceId }: WorkspaceScope,
  ids: readonly string[],
): Promise<Map<string, GroupRow>> => {
  const rows = await db
    .selectFrom('failureGroups')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('id', 'in', [...new Set(ids)].toSorted())
    .orderBy('id')
    .forUpdate()
    .execute()
  return new Map(rows.map((row) => [row.id, row]))
}

type FirstSeen = (release: string) => string | null

/** The group after one more failure. */
const countOne = (group: GroupRow, report: FailureToRecord, firstSeenAt: FirstSeen) => {
  const { failure, diagnosis, userHash, threshold, countBy = 'occurrences' } = report
  const isFirst = group.occurrences === 0
  const user = userHash && hexOf(userHash)
  const before = isFirst
    ? null
    : { lastSeenAt: group.lastSeenAt, lastUser: group.lastUserHash && hexOf(group.lastUserHash) }
  const { state, news } = recur(group, { ...failure, at: failure.receivedAt, firstSeenAt })
  return {
    news: isFirst ? ('new' as const) : news,
    state,
    mutedUntil: news === 'unmuted' ? null : group.mutedUntil,
    muteEndsAt: news === 'unmuted' ? null : group.muteEndsAt,
    occurrences: group.occurrences + failure.count,
    incidents: group.incidents + (isIncident(before, { at: failure.at, user }) ? 1 : 0),
    absorbed: group.absorbed + (failure.absorbed ? failure.count : 0),
    severity: isFirst ? diagnosis.severity : worseSeverity(group.severity, diagnosis.severity),
    firstSeenAt: isFirst || failure.at < group.firstSeenAt ? failure.at : group.firstSeenAt,
    lastSeenAt: isFirst || failure.at > group.lastSeenAt ? failure.at : group.lastSeenAt,
    lastUserHash: userHash ?? group.lastUserHash,
    ...(group.testId === null ? { threshold, countBy } : {}),
  }
}

/** When releases were first heard of, asked only where a version does not tell which is older. */
const readReleases = async (
  { db, workspaceId }: WorkspaceScope,
  parts: { reports: readonly FailureToRecord[]; places: ReadonlyMap<string, { groupId: string }>; groups: Groups },
): Promise<(group: GroupRow) => FirstSeen> => {
  const { reports, places, groups } = parts
  const wanted = reports.flatMap(({ failure: { release }, diagnosis }) => {
    const { state, resolvedIn } = groups.get(places.get(diagnosis.fingerprint)!.groupId)!
    const isAsked =
      state === 'resolved' && resolvedIn !== null && release !== null && needsFirstSeen(release, resolvedIn)
    return isAsked ? [release, resolvedIn] : []
  })
  const seen = new Map<string, string>()
  if (wanted.length > 0) {
    const rows = await db
      .selectFrom('failureGroupDays')
      .select((eb) => ['release', eb.fn.min('firstSeenAt').as('firstSeenAt')])
      .where('workspaceId', '=', workspaceId)
      .where('release', 'in', [...new Set(wanted)])
      .groupBy('release')
      .execute()
    for (const { release, firstSeenAt } of rows) seen.set(release, firstSeenAt)
  }
  // A release that was named as the fix before anything failed in it was heard of then.
  return ({ resolvedIn, resolvedAt }) =>
    (release) =>
      seen.get(release) ?? (release === resolvedIn ? resolvedAt : null)
}

const writeCounts = async ({ db, workspaceId }: WorkspaceScope, groups: readonly GroupRow[]): Promise<void> => {
  const counted = groups.map(({ lastUserHash, ...group }) => ({
    ...group,
    lastUserHash: lastUserHash && `\\x${hexOf(lastUserHash)}`,
  }))
  await sql`
    update failure_groups g set
      state = counted.state, muted_until = counted."mutedUntil", mute_ends_at = counted."muteEndsAt",
      occurrences = counted.occurrences, incidents = counted.incidents, absorbed = counted.absorbed,
      severity = counted.severity, first_seen_at = counted."firstSeenAt", last_seen_at = counted."lastSeenAt",
      last_user_hash = counted."lastUserHash", threshold = counted.threshold, count_by = counted."countBy"
    from json_to_recordset(${json(counted)}::json) as counted(
      id uuid, state text, "mutedUntil" timestamptz, "muteEndsAt" bigint, occurrences bigint, incidents bigint,
      absorbed bigint, severity text, "firstSeenAt" timestamptz, "lastSeenAt" timestamptz, "lastUserHash" bytea,
      threshold integer, "countBy" text)
    where g.workspace_id = ${workspaceId} and g.id = counted.id
  `.execute(db)
}

/** Counts by day and release, each where its fingerprint is counted. */
export const countDays = async ({ db, workspaceId }: WorkspaceScope, placed: readonly Placed[]): Promise<void> => {
  if (placed.length === 0) return
  const cells = Map.groupBy(placed, ({ aliasId, failure: { at, release } }) =>
    JSON.stringify([aliasId, dayOf(at), release ?? '']),
  )
  await db
    .insertInto('failureGroupDays')
    .values(
      [...cells.keys()].toSorted().map((key) => {
        const members = cells.get(key)!
        const { aliasId, failure } = members[0]!
        const times = members.map(({ failure: { at } }) => at).toSorted()
        return {
          workspaceId,
          aliasId,
          day: dayOf(failure.at),
          release: failure.release ?? '',
          occurrences: countOf(members),
          incidents: members.filter((one) => one.isIncident).length,
          absorbed: countOf(members.filter((one) => one.failure.absorbed)),
          firstSeenAt: times[0]!,
          lastSeenAt: times.at(-1)!,
        }
      }),
    )
    .onConflict((conflict) =>
      conflict.columns(['aliasId', 'day', 'release']).doUpdateSet((eb) => ({
        occurrences: eb('failureGroupDays.occurrences', '+', eb.ref('excluded.occurrences')),
        incidents: eb('failureGroupDays.incidents', '+', eb.ref('excluded.incidents')),
        absorbed: eb('failureGroupDays.absorbed', '+', eb.ref('excluded.absorbed')),
        firstSeenAt: eb.fn('least', [eb.ref('failureGroupDays.firstSeenAt'), eb.ref('excluded.firstSeenAt')]),
        lastSeenAt: eb.fn('greatest', [eb.ref('failureGroupDays.lastSeenAt'), eb.ref('excluded.lastSeenAt')]),
      })),
    )
    .execute()
}

const countOf = (placed: readonly Placed[]): number => placed.reduce((sum, { failure }) => sum + failure.count, 0)

/** Counts users where their fingerprint is counted, and in the group those who are new to all of it. */
export const countUsers = async (
  { db, workspaceId }: WorkspaceScope,
  placed: readonly Placed[],
  groups: Groups,
): Promise<void> => {
  const users = Map.groupBy(
    placed.filter(({ userHash }) => userHash !== null),
    ({ aliasId, userHash }) => aliasId + hexOf(userHash!),
  )
  if (users.size === 0) return
  const rows = [...users.keys()].toSorted().map((key) => {
    const members = users.get(key)!
    const { aliasId, userHash } = members[0]!
    return { workspaceId, aliasId, userHash: userHash!, events: members.length }
  })
  const counted = await db
    .insertInto('failureGroupUsers')
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(['aliasId', 'userHash']).doUpdateSet((eb) => ({
        events: eb('failureGroupUsers.events', '+', eb.ref('excluded.events')),
      })),
    )
    .returning(['aliasId', 'userHash', 'events'])
    .execute()
  const fresh = counted.filter(
    ({ aliasId, userHash, events }) => users.get(aliasId + hexOf(userHash))!.length === events,
  )
  if (fresh.length === 0) return
  const groupOf = new Map(placed.map(({ aliasId, groupId }) => [aliasId, groupId]))
  const hashes = Map.groupBy(fresh, ({ aliasId }) => groupOf.get(aliasId)!)
  for (const [groupId, members] of hashes) {
    const known = await knownUsers({ db, workspaceId }, { groupId, fresh: members })
    const added = [...new Set(members.map(({ userHash }) => hexOf(userHash)))].filter((user) => !known.has(user)).length
    await db
      .updateTable('failureGroups')
      .set(({ eb }) => ({ users: eb('users', '+', added) }))
      .where('workspaceId', '=', workspaceId)
      .where('id', '=', groupId)
      .execute()
    const group = groups.get(groupId)
    if (group) groups.set(groupId, { ...group, users: group.users + added })
  }
}

type UserCell = { aliasId: string; userHash: Uint8Array }

/** Those of the users who have met another fingerprint of the group before. */
const knownUsers = async (
  { db, workspaceId }: Pick<WorkspaceScope, 'db' | 'workspaceId'>,
  { groupId, fresh }: { groupId: string; fresh: readonly UserCell[] },
): Promise<Set<string>> => {
  const rows = await db
    .selectFrom('failureGroupUsers')
    .innerJoin('fingerprintAliases', 'fingerprintAliases.id', 'failureGroupUsers.aliasId')
    .select(['aliasId', 'userHash'])
    .where('fingerprintAliases.workspaceId', '=', workspaceId)
    .where('fingerprintAliases.groupId', '=', groupId)
    .where(
      'userHash',
      'in',
      fresh.map(({ userHash }) => userHash),
    )
    .execute()
  const isFresh = new Set(fresh.map(keyOf))
  return new Set(rows.filter((row) => !isFresh.has(keyOf(row))).map(({ userHash }) => hexOf(userHash)))
}

const keyOf = ({ aliasId, userHash }: UserCell): string => aliasId + hexOf(userHash)

/** Bytes as hex. */
export const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
