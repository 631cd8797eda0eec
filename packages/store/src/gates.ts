import type { Gate, GateClosure, GateSubject } from '@assay/core'
import { sql } from 'kysely'
import { json } from './schema.ts'
import type { WorkspaceScope } from './scope.ts'
import { storable } from './storable.ts'

/** So many executions weigh anything in a test's trust: what is older counts less than 0.05 of the newest. */
const TRUST_EXECUTIONS = 60

/** What of the regression tests a gate looks at. */
export type GateQuery = {
  tag?: string | undefined
  environment?: string | undefined
  runId?: string | undefined
}

/** The tests that are not retired, each with its newest execution, its newest decided one, and what its trust is read from. */
export const readGateSubjects = async (
  { db, workspaceId }: WorkspaceScope,
  { tag, environment, runId }: GateQuery,
): Promise<GateSubject[]> => {
  const where = sql`one.test_id = test.id and one.workspace_id = ${workspaceId}
    ${environment === undefined ? sql`` : sql`and one.environment = ${environment}`}
    ${runId === undefined ? sql`` : sql`and one.run_id = ${runId}`}`
  const { rows } = await sql<Row>`
    select test.id, test.name, test.kind, test.state, test.state_reason, test.tags, test.confidence, test.group_id,
      failed.severity, result.value as result, newest.value as newest, history.outcomes
    from regression_tests test
    left join failure_groups failed on failed.id = test.group_id and failed.workspace_id = ${workspaceId}
    left join lateral (
      select json_build_object('outcome', outcome, 'at', at, 'expected', expected, 'actual', actual, 'error', error,
        'durationMs', duration_ms) as value
      from executions one where ${where} and outcome in ('pass', 'flaky', 'fail')
      order by at desc, id desc limit 1
    ) result on true
    left join lateral (
      select json_build_object('outcome', outcome, 'at', at, 'error', error) as value
      from executions one where ${where}
      order by at desc, id desc limit 1
    ) newest on true
    left join lateral (
      select array_agg(latest.outcome order by latest.at desc, latest.id desc) as outcomes from (
        select outcome, at, id from executions one
        where one.test_id = test.id and one.workspace_id = ${workspaceId} and not verification
        order by at desc, id desc limit ${sql.lit(TRUST_EXECUTIONS)}
      ) latest
    ) history on true
    where test.workspace_id = ${workspaceId} and test.state <> 'retired' and test.is_active
      ${tag === undefined ? sql`` : sql`and ${tag} = any(test.tags)`}
    order by test.name
  `.execute(db)
  return rows.map(({ result, newest, outcomes, ...row }) => ({
    ...row,
    result: result && { ...result, at: isoTime(result.at) },
    newest: newest && { ...newest, at: isoTime(newest.at) },
    outcomes: outcomes ?? [],
  }))
}

type Row = Omit<GateSubject, 'outcomes'> & { outcomes: GateSubject['outcomes'] | null }

/** JSON built by the database writes times its own way. */
const isoTime = (written: string): string => new Date(written).toISOString()

/** Keeps what a gate said, and which failing tests closed it. */
export const recordGate = async (
  { db, workspaceId }: WorkspaceScope,
  given: { gate: Gate; closures: readonly GateClosure[]; actor: string },
): Promise<void> => {
  const { gate, closures, actor } = storable(given)
  const { id, state, at, policy, reasons } = gate
  await db
    .insertInto('gateChecks')
    .values({
      id,
      workspaceId,
      state,
      release: policy.release ?? null,
      policy: json(policy),
      reasons: json(reasons.map(({ code, testId, message }) => ({ code, testId, message }))),
      actor,
      at,
    })
    .execute()
  if (closures.length === 0) return
  await db
    .insertInto('gateClosures')
    .values(closures.map((closure) => ({ ...closure, workspaceId, gateId: id })))
    .execute()
}

/** The tests that closed gates since a time, the oldest first. */
export const listGateClosures = ({ db, workspaceId }: WorkspaceScope, since: string): Promise<GateClosure[]> =>
  db
    .selectFrom('gateClosures')
    .select(['testId', 'groupId', 'release', 'at'])
    .where('workspaceId', '=', workspaceId)
    .where('at', '>=', since)
    .orderBy('at')
    .orderBy('testId')
    .execute()
