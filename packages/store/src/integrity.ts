import { CamelCasePlugin, type Kysely, sql } from 'kysely'
import { findBrokenAudit } from './audit.ts'
import type { OpenDatabase } from './engine/open-database.ts'
import { compareMigrations } from './migrations.ts'
import type { Database } from './schema.ts'
import { noPartitions } from './scope.ts'
import { enterSystem } from './system/roles.ts'

/** One thing in the data that contradicts another. */
export type Finding = { check: string; detail: string }

/**
 * `assay db check`: what does not agree with itself in an open database, empty when all does. The schema against this
 * version's, rollups against their rows, groups against their days, the chain of the audit.
 */
export const checkDatabase = async ({ db }: Pick<OpenDatabase, 'db'>): Promise<Finding[]> => {
  const { pending, unknown } = await compareMigrations(db)
  if (pending.length + unknown.length === 0) return findContradictions(db)
  const named = (names: string[]): string => names.join(', ') || 'none'
  return [{ check: 'migrations', detail: `pending: ${named(pending)}; unknown: ${named(unknown)}` }]
}

const findContradictions = (plain: Kysely<unknown>): Promise<Finding[]> => {
  const db = (plain as Kysely<Database>).withPlugin(new CamelCasePlugin({ maintainNestedObjectKeys: true }))
  return db.transaction().execute(async (trx) => {
    await enterSystem(trx)
    const findings: Finding[] = []
    for (const [check, query] of Object.entries(contradictions)) {
      const { rows } = await query.execute(trx)
      findings.push(...rows.map(({ detail }) => ({ check, detail })))
    }
    for (const { id } of await trx.selectFrom('workspaces').select('id').execute()) {
      const seq = await findBrokenAudit({
        db: trx,
        workspaceId: id,
        partitions: noPartitions(),
        afterCommit: [],
      })
      if (seq !== null) findings.push({ check: 'audit', detail: `the chain of workspace ${id} breaks at seq ${seq}` })
    }
    return findings
  })
}

/** Rows of a dropped partition are still in the rollup, so only the days that are kept are compared. */
const contradictions = {
  usage: sql<{ detail: string }>`
    with kept as (select min(day)::timestamp at time zone 'UTC' as since from requests),
    counted as (
      select workspace_id, date_trunc('hour', at, 'UTC') as hour, count(*) as requests, coalesce(sum(cost_nano_usd), 0) as cost
      from requests group by 1, 2
    ),
    rolled as (
      select workspace_id, hour, sum(requests) as requests, sum(cost_nano_usd) as cost
      from usage_hour, kept where hour >= since group by 1, 2
    )
    select format('workspace %s, %s: %s requests in the log, %s in the rollup', workspace_id, hour, counted.requests, rolled.requests) as detail
    from counted full join rolled using (workspace_id, hour)
    where counted.requests is distinct from rolled.requests or counted.cost is distinct from rolled.cost
  `,
  groups: sql<{ detail: string }>`
    select format('failure group %s: %s occurrences, %s by day', g.id, g.occurrences, sum(d.occurrences)) as detail
    from failure_groups g
    left join fingerprint_aliases a on a.group_id = g.id
    left join failure_group_days d on d.alias_id = a.id
    group by g.id, g.occurrences having coalesce(sum(d.occurrences), 0) <> g.occurrences
  `,
  tests: sql<{ detail: string }>`
    select format('failure group %s names test %s, which is not there', g.id, g.test_id) as detail
    from failure_groups g left join regression_tests t on t.id = g.test_id
    where g.test_id is not null and t.id is null
  `,
  ledger: sql<{ detail: string }>`
    select format('budget %s: %s used, %s in its entries', b.id, b.used_nano_usd, b.folded_nano_usd + coalesce(l.settled, 0)) as detail
    from budgets b
    left join (select budget_id, sum(settled_nano_usd) as settled from ledger_entries group by 1) l on l.budget_id = b.id
    where b.used_nano_usd <> b.folded_nano_usd + coalesce(l.settled, 0)
    union all
    select format('request %s: %s in the ledger, %s in the log', l.request_id, l.settled_nano_usd, r.cost_nano_usd)
    from ledger_entries l join requests r on r.id = l.request_id and r.day = l.day
    where l.settled_nano_usd <> coalesce(r.cost_nano_usd, 0)
    union all
    select format('request %s is in the ledger and not in the log', l.request_id)
    from ledger_entries l left join requests r on r.id = l.request_id and r.day = l.day
    where r.id is null and l.day >= (select min(day) from requests)
  `,
  leases: sql<{ detail: string }>`
    select format('budget %s: %s reserved and %s lost, %s and %s in its leases',
      b.id, b.reserved_nano_usd, b.lost_nano_usd, coalesce(l.held, 0), coalesce(l.lost, 0)) as detail
    from budgets b
    left join (
      select budget_id, sum(amount_nano_usd) filter (where state = 'held') as held,
        sum(amount_nano_usd) filter (where state = 'lost') as lost
      from budget_leases group by 1
    ) l on l.budget_id = b.id
    where b.reserved_nano_usd <> coalesce(l.held, 0) or b.lost_nano_usd <> coalesce(l.lost, 0)
  `,
}
