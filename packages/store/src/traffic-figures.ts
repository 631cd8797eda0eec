import { sql } from 'kysely'
import type { WorkspaceScope } from './scope.ts'

/** What each UTC day from `from` on has cost, by the hourly sums; days without traffic are left out. */
export const dailyCosts = async (
  { db, workspaceId }: WorkspaceScope,
  { from }: { from: string },
): Promise<Map<string, number>> => {
  const rows = await db
    .selectFrom('usageHour')
    .select([
      sql<string>`to_char(hour at time zone 'UTC', 'YYYY-MM-DD')`.as('day'),
      sql<number>`sum(cost_nano_usd)::bigint`.as('costNanoUsd'),
    ])
    .where('workspaceId', '=', workspaceId)
    .where('hour', '>=', from)
    .groupBy(sql`1`)
    .execute()
  return new Map(rows.map(({ day, costNanoUsd }) => [day, costNanoUsd]))
}

/** The requests of the minutes from `from` on that ended otherwise than by their callers, and those that failed. */
export const recentErrors = ({ db, workspaceId }: WorkspaceScope, { from }: { from: string }) =>
  db
    .selectFrom('usageMinute')
    .select([
      sql<number>`coalesce(sum(requests), 0)::bigint`.as('requests'),
      sql<number>`coalesce(sum(failed), 0)::bigint`.as('failed'),
    ])
    .where('workspaceId', '=', workspaceId)
    .where('minute', '>=', from)
    .executeTakeFirstOrThrow()

/** How the times of each model are spread from `from` up to but without `to`; embeddings and the like among them. */
export const modelLatencies = async (
  { db, workspaceId }: WorkspaceScope,
  { from, to, models }: { from: string; to: string; models?: readonly string[] },
): Promise<Map<string, number[]>> => {
  const wanted = models ? sql`and provider_name || '/' || model = any(array[${sql.join(models)}]::text[])` : sql``
  if (models?.length === 0) return new Map()
  const { rows } = await sql<{ model: string; bucket: number; count: number }>`
    select provider_name || '/' || model as model, bucket::int as bucket, sum(count)::bigint as count
    from usage_hour, unnest(latency_counts) with ordinality as counts(count, bucket)
    where workspace_id = ${workspaceId} and hour >= ${from} and hour < ${to} and provider_name is not null ${wanted}
    group by 1, 2`.execute(db)
  const found = new Map<string, number[]>()
  for (const { model, bucket, count } of rows) {
    const counts = found.get(model) ?? []
    found.set(model, counts)
    while (counts.length < bucket) counts.push(0)
    counts[bucket - 1] = count
  }
  return found
}
