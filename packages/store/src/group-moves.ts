import { sql } from 'kysely'
import type { AliasMove, TestMove } from './schema.ts'
import type { WorkspaceScope } from './scope.ts'

/** Moves shares of groups, with their events, and counts the groups anew from what each then holds. */
export const moveAliases = async (scope: WorkspaceScope, moves: readonly AliasMove[]): Promise<void> => {
  const { db, workspaceId } = scope
  const routes = Map.groupBy(moves, ({ from, to }) => `${from} ${to}`)
  for (const members of routes.values()) {
    const { from, to } = members[0]!
    const aliasIds = members.map(({ aliasId }) => aliasId)
    await db
      .updateTable('fingerprintAliases')
      .set({ groupId: to })
      .where('workspaceId', '=', workspaceId)
      .where('id', 'in', aliasIds)
      .execute()
    await db
      .updateTable('failures')
      .set({ groupId: to })
      .where('workspaceId', '=', workspaceId)
      .where('groupId', '=', from)
      .where('aliasId', 'in', aliasIds)
      .execute()
  }
  const groups = [...new Set(moves.flatMap(({ from, to }) => [from, to]))]
  await nameGroupsAnew(scope, groups)
  await recountGroups(scope, groups)
}

/** Sets the counts of groups to the sums of their shares. */
export const recountGroups = async (
  { db, workspaceId }: WorkspaceScope,
  groupIds: readonly string[],
): Promise<void> => {
  const ids = sql.join([...new Set(groupIds)].toSorted())
  await sql`
    with sums as (
      select a.group_id as id, sum(d.occurrences) as occurrences, sum(d.incidents) as incidents,
        sum(d.absorbed) as absorbed, min(d.first_seen_at) as first_seen_at, max(d.last_seen_at) as last_seen_at
      from fingerprint_aliases a join failure_group_days d on d.alias_id = a.id
      where a.workspace_id = ${workspaceId} and a.group_id in (${ids}) group by 1
    ),
    hit as (
      select a.group_id as id, count(distinct u.user_hash) as users
      from fingerprint_aliases a join failure_group_users u on u.alias_id = a.id
      where a.workspace_id = ${workspaceId} and a.group_id in (${ids}) group by 1
    )
    update failure_groups g set
      occurrences = coalesce((select occurrences from sums where sums.id = g.id), 0),
      incidents = coalesce((select incidents from sums where sums.id = g.id), 0),
      absorbed = coalesce((select absorbed from sums where sums.id = g.id), 0),
      first_seen_at = coalesce((select first_seen_at from sums where sums.id = g.id), g.first_seen_at),
      last_seen_at = coalesce((select last_seen_at from sums where sums.id = g.id), g.last_seen_at),
      users = coalesce((select users from hit where hit.id = g.id), 0)
    where g.workspace_id = ${workspaceId} and g.id in (${ids})
  `.execute(db)
}

/** Events that come twice find the group that their first one is in now. */
const nameGroupsAnew = async ({ db, workspaceId }: WorkspaceScope, groupIds: readonly string[]): Promise<void> => {
  await sql`
    update failure_keys k set group_id = f.group_id from failures f
    where k.workspace_id = ${workspaceId} and k.group_id in (${sql.join(groupIds)})
      and f.workspace_id = ${workspaceId} and f.id = k.failure_id and f.group_id <> k.group_id
  `.execute(db)
}

/** Gives regression tests to other groups, and to each group a test of its own where it has one. */
export const moveTests = async (
  scope: WorkspaceScope,
  moves: readonly TestMove[],
  groupIds: readonly string[],
): Promise<void> => {
  const { db, workspaceId } = scope
  for (const { testId, from, to } of moves) {
    await db
      .updateTable('regressionTests')
      .set({ groupId: to })
      .where('workspaceId', '=', workspaceId)
      .where('id', '=', testId)
      .where('groupId', '=', from)
      .execute()
  }
  const ids = sql.join([...new Set(groupIds)].toSorted())
  await sql`
    update failure_groups g set test_id = owned.id, test_status = case
      when owned.id is not null then 'created' when g.test_status = 'created' then 'waiting' else g.test_status end
    from (
      select g.id as group_id, (
        select t.id from regression_tests t where t.workspace_id = g.workspace_id and t.group_id = g.id
        order by t.id = g.test_id desc nulls last, t.created_at, t.id limit 1
      ) as id
      from failure_groups g where g.workspace_id = ${workspaceId} and g.id in (${ids})
    ) as owned
    where g.workspace_id = ${workspaceId} and g.id = owned.group_id
  `.execute(db)
}

/** The regression tests of a group. */
export const testsOf = async ({ db, workspaceId }: WorkspaceScope, groupId: string): Promise<string[]> => {
  const rows = await db
    .selectFrom('regressionTests')
    .select('id')
    .where('workspaceId', '=', workspaceId)
    .where('groupId', '=', groupId)
    .orderBy('id')
    .execute()
  return rows.map(({ id }) => id)
}

/** The shares that a group is made of. */
export const aliasesOf = ({ db, workspaceId }: WorkspaceScope, groupId: string) =>
  db
    .selectFrom('fingerprintAliases')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('groupId', '=', groupId)
    .orderBy('id')
    .execute()

/** Some events of one share about to become a share of their own. */
export type Extraction = {
  aliasId: string
  failureIds: readonly string[]
  newId: string
  to: string
  fingerprint: string
}

/**
 * Takes events out of their share into a closed one of another group, with what they count for by day, release and
 * user. New events of the fingerprint stay where they were.
 */
export const extractEvents = async (
  scope: WorkspaceScope,
  given: Extraction & { origin: 'split' | 'regroup'; at: string; groupingVersion?: number; family?: string },
): Promise<void> => {
  const { db, workspaceId } = scope
  const { aliasId, failureIds, newId, to, fingerprint, origin, at } = given
  await sql`
    insert into fingerprint_aliases (id, workspace_id, fingerprint, group_id, is_open, origin, like_id, similarity,
      category, error_type, text, signature, bands, grouping_version, created_at)
    select ${newId}::uuid, workspace_id, ${fingerprint}, ${to}::uuid, false, ${origin}, ${origin === 'split' ? aliasId : null}::uuid, null,
      category, error_type, text, signature, bands, grouping_version, ${at}::timestamptz
    from fingerprint_aliases where workspace_id = ${workspaceId} and id = ${aliasId}
  `.execute(db)
  const ids = sql`select value::uuid from json_array_elements_text(${JSON.stringify(failureIds)}::json)`
  const moved = sql`select * from failures where workspace_id = ${workspaceId} and alias_id = ${newId}`
  await sql`
    update failures set alias_id = ${newId}, group_id = ${to}, fingerprint = ${fingerprint}
    where workspace_id = ${workspaceId} and alias_id = ${aliasId} and id in (${ids})
  `.execute(db)
  await sql`
    insert into failure_group_days (workspace_id, alias_id, day, release, occurrences, incidents, absorbed, first_seen_at, last_seen_at)
    select ${workspaceId}, ${newId}::uuid, (at at time zone 'UTC')::date, coalesce(release, ''), sum(count),
      count(*) filter (where is_incident), coalesce(sum(count) filter (where absorbed), 0), min(at), max(at)
    from (${moved}) as moved group by 3, 4
  `.execute(db)
  await sql`
    update failure_group_days d set
      occurrences = d.occurrences - taken.occurrences, incidents = d.incidents - taken.incidents,
      absorbed = d.absorbed - taken.absorbed,
      first_seen_at = coalesce(stayed.first_seen_at, d.first_seen_at),
      last_seen_at = coalesce(stayed.last_seen_at, d.last_seen_at)
    from failure_group_days taken left join (
      select (at at time zone 'UTC')::date as day, coalesce(release, '') as release, min(at) as first_seen_at, max(at) as last_seen_at
      from failures where workspace_id = ${workspaceId} and alias_id = ${aliasId} group by 1, 2
    ) as stayed on stayed.day = taken.day and stayed.release = taken.release
    where taken.alias_id = ${newId} and d.alias_id = ${aliasId} and d.day = taken.day and d.release = taken.release
  `.execute(db)
  await sql`delete from failure_group_days where alias_id = ${aliasId} and occurrences <= 0`.execute(db)
  await sql`
    insert into failure_group_users (workspace_id, alias_id, user_hash, events)
    select ${workspaceId}, ${newId}::uuid, user_hash, count(*) from (${moved}) as moved where user_hash is not null group by 3
  `.execute(db)
  await sql`
    update failure_group_users u set events = u.events - taken.events from failure_group_users taken
    where taken.alias_id = ${newId} and u.alias_id = ${aliasId} and u.user_hash = taken.user_hash
  `.execute(db)
  await sql`delete from failure_group_users where alias_id = ${aliasId} and events <= 0`.execute(db)
}
