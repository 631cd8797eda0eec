import { sql } from 'kysely'
import type { WorkspaceScope } from './scope.ts'

/** One limit of a key that several processes share. */
export type SharedRate = { limitsId: string; kind: 'rpm' | 'tpm'; capacity: number; perMs: number }

/**
 * Takes from the bucket of a key that all processes share: as much as is wanted, less when there is less, nothing when
 * there is not what is needed. Answers also what is left, which tells when to ask again.
 */
export const drawRate = async (
  { db, workspaceId }: WorkspaceScope,
  { rate, need, want, now }: { rate: SharedRate; need: number; want: number; now: string },
): Promise<{ granted: number; level: number }> => {
  const { limitsId, kind, capacity, perMs } = rate
  const first = Math.min(want, capacity)
  const startGrant = need <= capacity ? first : 0
  const full = sql`least(${capacity}::float8, rate_buckets.level
    + greatest(0, extract(epoch from (${now}::timestamptz - rate_buckets.at)) * 1000) * ${perMs}::float8)`
  const grant = sql`case when ${full} >= ${want}::float8 then ${want}::float8
    when ${full} >= ${need}::float8 then floor(${full}) else 0 end`
  const { rows } = await sql<{ granted: number; level: number }>`
    insert into rate_buckets (workspace_id, limits_id, kind, level, granted, at)
    values (${workspaceId}, ${limitsId}, ${kind}, ${capacity - startGrant}, ${startGrant}, ${now})
    on conflict (limits_id, kind) do update
      set granted = ${grant}, level = ${full} - ${grant}, at = greatest(rate_buckets.at, ${now}::timestamptz)
    returning granted, level
  `.execute(db)
  return rows[0]!
}

/** Gives back what a process took and did not use. */
export const returnRate = async (
  { db, workspaceId }: WorkspaceScope,
  { rate, count }: { rate: SharedRate; count: number },
): Promise<void> => {
  await sql`
    update rate_buckets set level = least(${rate.capacity}::float8, level + ${count}::float8)
    where workspace_id = ${workspaceId} and limits_id = ${rate.limitsId} and kind = ${rate.kind}
  `.execute(db)
}

/** Says how many requests of a key this process may have under way; false when that is more than all may together. */
export const holdSlots = async (
  { db, workspaceId }: WorkspaceScope,
  given: { limitsId: string; owner: string; held: number; most: number; now: string; until: string },
): Promise<boolean> => {
  const { limitsId, owner, held, most, now, until } = given
  // Two processes would each see room for itself; the lock ends with the transaction.
  await sql`select pg_advisory_xact_lock(hashtextextended(${`slots ${limitsId}`}, 0))`.execute(db)
  const { others } = await db
    .selectFrom('concurrencyHolds')
    .select(({ fn }) => fn.coalesce(fn.sum<number>('held'), sql<number>`0`).as('others'))
    .where('workspaceId', '=', workspaceId)
    .where('limitsId', '=', limitsId)
    .where('owner', '<>', owner)
    .where('until', '>', now)
    .executeTakeFirstOrThrow()
  if (others + held > most) return false
  await db
    .insertInto('concurrencyHolds')
    .values({ workspaceId, limitsId, owner, held, until })
    .onConflict((conflict) => conflict.columns(['limitsId', 'owner']).doUpdateSet({ held, until }))
    .execute()
  return true
}
