import { INITIAL_CONFIDENCE, type MetricCounts, testKinds, testStates } from '@assay/core'
import { sql } from 'kysely'
import { listGateClosures } from './gates.ts'
import type { WorkspaceScope } from './scope.ts'

/** What the figures of success are made of, from `from` up to now. */
export const countTestMetrics = async (scope: WorkspaceScope, { from }: { from: string }): Promise<MetricCounts> => {
  const { db, workspaceId } = scope
  const { rows } = await sql<Row>`
    with groups as (
      select test.id is not null as is_covered
      from failure_groups one
      left join regression_tests test
        on test.id = one.test_id and test.red_at is not null and test.state in ('red', 'active', 'flaky', 'broken')
      where one.workspace_id = ${workspaceId} and one.occurrences >= 3 and one.last_seen_at >= ${from}
        and one.test_status in ('waiting', 'created') and one.merged_into is null
    ), scored as (
      select test_id, id, at, outcome, environment, confidence from executions
      where workspace_id = ${workspaceId} and at >= ${from} and not verification
    ), ended as (
      select distinct on (test_id) test_id, confidence from scored order by test_id, at desc, id desc
    ), moved as (
      select ended.test_id, ended.confidence > coalesce(began.confidence, ${sql.lit(INITIAL_CONFIDENCE)}) as has_risen
      from ended left join lateral (
        select confidence from executions before
        where before.test_id = ended.test_id and before.workspace_id = ${workspaceId} and before.at < ${from}
        order by at desc, id desc limit 1
      ) began on true
    ), tests as (
      select test.id, test.state, test.kind, test.confidence, test.tags, one.severity
      from regression_tests test
      left join failure_groups one on one.id = test.group_id
      where test.workspace_id = ${workspaceId}
    )
    select
      (select count(*) from groups) as groups,
      (select count(*) from groups where is_covered) as covered,
      (select count(*) from scored where outcome in ('pass', 'flaky', 'fail')) as settled,
      (select count(*) from scored where outcome in ('pass', 'flaky')) as passed,
      (select count(*) from tests where state <> 'retired') as tests,
      (select count(*) from tests) as every,
      (select coalesce(sum(confidence), 0)::bigint from tests where state <> 'retired') as confidence,
      (select count(*) from moved) as moved,
      (select count(*) from moved where has_risen) as risen,
      (select count(distinct scored.test_id) from scored join tests on tests.id = scored.test_id
        where scored.environment = 'production' and scored.outcome = 'fail'
          and (tests.severity in ('high', 'critical') or 'critical' = any(tests.tags))) as critical,
      (select coalesce(json_object_agg(state, count), '{}') from (
        select state, count(*)::int as count from tests group by state) states) as by_state,
      (select coalesce(json_object_agg(kind, count), '{}') from (
        select kind, count(*)::int as count from tests where state <> 'retired' group by kind) kinds) as by_kind
  `.execute(db)
  const row = rows[0]!
  const prevented = await preventedGroups(scope, from)
  return {
    coverage: { part: row.covered, whole: row.groups },
    passRate: { part: row.passed, whole: row.settled },
    confidence: { part: row.confidence, whole: row.tests },
    prevented: { part: prevented, whole: 0 },
    selfHealing: { part: row.risen, whole: row.moved },
    criticalRegressions: { part: row.critical, whole: row.every },
    byState: named(testStates, row.byState),
    byKind: named(testKinds, row.byKind),
  }
}

type Row = {
  groups: number
  covered: number
  settled: number
  passed: number
  tests: number
  every: number
  confidence: number
  moved: number
  risen: number
  critical: number
  byState: Record<string, number>
  byKind: Record<string, number>
}

const named = <Name extends string>(names: readonly Name[], counts: Record<string, number>): Record<Name, number> =>
  Object.fromEntries(names.map((name) => [name, counts[name] ?? 0])) as Record<Name, number>

/** Groups whose test closed a gate, without those whose release production had reported by then. */
const preventedGroups = async (scope: WorkspaceScope, from: string): Promise<number> => {
  const closures = (await listGateClosures(scope, from)).filter(({ groupId }) => groupId !== null)
  const releases = [...new Set(closures.flatMap(({ release }) => release ?? []))]
  const firstSeen = await firstSeenInProduction(scope, releases)
  const kept = closures.filter(({ release, at }) => {
    const seenAt = release === null ? undefined : firstSeen.get(release)
    return seenAt === undefined || seenAt > at
  })
  return new Set(kept.map(({ groupId }) => groupId)).size
}

const firstSeenInProduction = async (
  { db, workspaceId }: WorkspaceScope,
  releases: readonly string[],
): Promise<Map<string, string>> => {
  if (releases.length === 0) return new Map()
  const rows = await db
    .selectFrom('failures')
    .select(({ fn }) => ['release', fn.min('receivedAt').as('seenAt')])
    .where('workspaceId', '=', workspaceId)
    .where('environment', '=', 'production')
    .where('release', 'in', releases)
    .groupBy('release')
    .execute()
  return new Map(rows.flatMap(({ release, seenAt }) => (release === null ? [] : [[release, seenAt] as const])))
}
