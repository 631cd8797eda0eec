import { type BudgetWindow, budgetWindowAt, budgetWindows, type RequestRecord } from '@assay/core'
import { sql } from 'kysely'
import { raiseAlert, resolveAlert } from '../alerts.ts'
import { titleOfWarning } from '../budget-warnings.ts'
import { insertFromJson } from '../json-rows.ts'
import { dayOf } from '../requests.ts'
import type { SystemScope } from '../scope.ts'
import type { BudgetHold } from '../spool/line.ts'
import { ensureDay } from './partitions.ts'

/** A lease: one budget and the number that fences it off from later ones. */
export type LeaseId = { budgetId: string; fence: number }

/** A request that has ended, with what was kept for it. */
export type SettledRequest = { request: RequestRecord; holds: readonly BudgetHold[] }

/** Books what requests cost: into the ledger, onto their budgets, and out of the leases that covered them. */
export const settleHolds = async (system: SystemScope, settled: readonly SettledRequest[]): Promise<void> => {
  if (settled.length === 0) return
  for (const day of new Set(settled.map(({ request }) => dayOf(request.at)))) {
    await ensureDay(system, { table: 'ledger_entries', day })
  }
  const entries = settled.flatMap(({ request, holds }) =>
    holds.map(({ budgetId, reservedNanoUsd }) => {
      const settledNanoUsd = request.costNanoUsd ?? 0
      return {
        requestId: request.id,
        budgetId,
        day: dayOf(request.at),
        workspaceId: request.workspaceId,
        kind: request.cache === 'hit' ? 'cache_hit' : 'request',
        state: settledNanoUsd === 0 ? ('released' as const) : ('settled' as const),
        reservedNanoUsd,
        settledNanoUsd,
        at: request.at,
      }
    }),
  )
  await system.db.executeQuery(booking(JSON.stringify(entries)))
  await moveFromLeases(
    system,
    settled.flatMap(({ request, holds }) =>
      holds.map(({ budgetId, fence, reservedNanoUsd }) => {
        const usedNanoUsd = request.costNanoUsd ?? 0
        // What a request cost beyond what was kept for it was in no lease.
        return { budgetId, fence, usedNanoUsd, takenNanoUsd: Math.min(usedNanoUsd, reservedNanoUsd) }
      }),
    ),
  )
}

const booking = insertFromJson('ledger_entries', {
  columns: {
    requestId: 'uuid',
    budgetId: 'uuid',
    day: 'date',
    workspaceId: 'uuid',
    kind: 'text',
    state: 'text',
    reservedNanoUsd: 'bigint',
    settledNanoUsd: 'bigint',
    at: 'timestamptz',
  },
  ending: '',
})

/** Money that leaves a lease: spent in part or whole, the rest given back to the budget. */
export type LeaseMove = LeaseId & { takenNanoUsd: number; usedNanoUsd: number }

/** Moves money out of leases, whatever became of them: one that was lost is found again as far as it goes. */
export const moveFromLeases = async (system: SystemScope, moves: readonly LeaseMove[]): Promise<void> => {
  const byLease = new Map<string, LeaseMove>()
  for (const { budgetId, fence, takenNanoUsd, usedNanoUsd } of moves) {
    const key = `${budgetId} ${fence}`
    const sum = byLease.get(key) ?? { budgetId, fence, takenNanoUsd: 0, usedNanoUsd: 0 }
    sum.takenNanoUsd += takenNanoUsd
    sum.usedNanoUsd += usedNanoUsd
    byLease.set(key, sum)
  }
  const leases = await lockLeases(system, [...byLease.values()])
  const changes = new Map<string, { used: number; held: number; lost: number }>()
  for (const [key, { budgetId, fence, takenNanoUsd, usedNanoUsd }] of byLease) {
    const change = changes.get(budgetId) ?? { used: 0, held: 0, lost: 0 }
    changes.set(budgetId, change)
    change.used += usedNanoUsd
    const lease = leases.get(key)
    if (!lease) continue
    const taken = Math.min(takenNanoUsd, lease.amountNanoUsd)
    change[lease.state] += taken
    await takeFromLease(system, { budgetId, fence, left: lease.amountNanoUsd - taken })
  }
  for (const [budgetId, { used, held, lost }] of changes) {
    await system.db
      .updateTable('budgets')
      .set({
        usedNanoUsd: sql`used_nano_usd + ${used}::bigint`,
        reservedNanoUsd: sql`reserved_nano_usd - ${held}::bigint`,
        lostNanoUsd: sql`lost_nano_usd - ${lost}::bigint`,
      })
      .where('id', '=', budgetId)
      .execute()
  }
}

const takeFromLease = async ({ db }: SystemScope, { budgetId, fence, left }: LeaseId & { left: number }) => {
  const where = { budgetId, fence }
  if (left > 0)
    await db
      .updateTable('budgetLeases')
      .set({ amountNanoUsd: left })
      .where((eb) => eb.and(where))
      .execute()
  else
    await db
      .deleteFrom('budgetLeases')
      .where((eb) => eb.and(where))
      .execute()
}

type Lease = LeaseId & { amountNanoUsd: number; state: 'held' | 'lost' }

/** Budgets before leases and both in order, here as wherever they change, so that nobody waits in a circle. */
const lockLeases = async ({ db }: SystemScope, ids: readonly LeaseId[]): Promise<Map<string, Lease>> => {
  if (ids.length === 0) return new Map()
  const budgetIds = [...new Set(ids.map(({ budgetId }) => budgetId))]
  await db.selectFrom('budgets').select('id').where('id', 'in', budgetIds).orderBy('id').forUpdate().execute()
  const rows = await db
    .selectFrom('budgetLeases')
    .select(['budgetId', 'fence', 'amountNanoUsd', 'state'])
    .where('budgetId', 'in', budgetIds)
    .orderBy('budgetId')
    .orderBy('fence')
    .forUpdate()
    .execute()
  return new Map(rows.map((row) => [`${row.budgetId} ${row.fence}`, row]))
}

/** Holds leases for longer; answers those that are still held. */
export const renewLeases = async (
  { db }: SystemScope,
  { leases, until }: { leases: readonly LeaseId[]; until: string },
): Promise<LeaseId[]> => {
  if (leases.length === 0) return []
  const pairs = sql.join(leases.map(({ budgetId, fence }) => sql`(${budgetId}::uuid, ${fence}::bigint)`))
  await sql`
    select 1 from budget_leases where (budget_id, fence) in (${pairs}) order by budget_id, fence for update
  `.execute(db)
  return db
    .updateTable('budgetLeases')
    .set({ until })
    .where(sql<boolean>`(budget_id, fence) in (${pairs})`)
    .where('state', '=', 'held')
    .returning(['budgetId', 'fence'])
    .execute()
}

/** What a process left in its leases when it ended. */
export const findOwnedLeases = ({ db }: SystemScope, { owner }: { owner: string }): Promise<LeaseId[]> =>
  db.selectFrom('budgetLeases').select(['budgetId', 'fence']).where('owner', '=', owner).execute()

/** Gives back all that is left in leases whose every request has been booked. */
export const endLeases = async (system: SystemScope, ids: readonly LeaseId[]): Promise<void> => {
  const leases = await lockLeases(system, ids)
  const moves = ids.flatMap(({ budgetId, fence }) => {
    const lease = leases.get(`${budgetId} ${fence}`)
    return lease ? [{ budgetId, fence, takenNanoUsd: lease.amountNanoUsd, usedNanoUsd: 0 }] : []
  })
  await moveFromLeases(system, moves)
}

const MOST_LOST_AT_ONCE = 1_000

/** Counts as spent what is left in leases that ended before a moment and that nobody told of; answers how many. */
export const loseLeases = async (system: SystemScope, { before }: { before: string }): Promise<number> => {
  const ended = await system.db
    .selectFrom('budgetLeases')
    .select(['budgetId', 'fence'])
    .where('state', '=', 'held')
    .where('until', '<', before)
    .limit(MOST_LOST_AT_ONCE)
    .execute()
  await lockLeases(system, ended)
  let count = 0
  for (const { budgetId, fence } of ended) {
    const row = await system.db
      .updateTable('budgetLeases')
      .set({ state: 'lost' })
      .where((eb) => eb.and({ budgetId, fence, state: 'held' as const }))
      .where('until', '<', before)
      .returning('amountNanoUsd')
      .executeTakeFirst()
    if (!row) continue
    count++
    await system.db
      .updateTable('budgets')
      .set({
        reservedNanoUsd: sql`reserved_nano_usd - ${row.amountNanoUsd}::bigint`,
        lostNanoUsd: sql`lost_nano_usd + ${row.amountNanoUsd}::bigint`,
      })
      .where('id', '=', budgetId)
      .execute()
  }
  return count
}

/** Adds up entries of days that are about to go, so that a budget still knows where its sum comes from. */
export const foldLedger = async ({ db }: SystemScope, { before }: { before: string }): Promise<void> => {
  await sql`
    update budgets set folded_nano_usd = folded_nano_usd + gone.settled
    from (select budget_id, sum(settled_nano_usd)::bigint as settled from ledger_entries where day < ${before} group by 1) gone
    where budgets.id = gone.budget_id
  `.execute(db)
}

/** The largest share that is used of a budget, by the length of its window, among the windows that run now. */
export const fullestBudgets = async (
  { db }: SystemScope,
  { now }: { now: number },
): Promise<{ window: BudgetWindow; share: number }[]> => {
  const rows = await db
    .selectFrom('budgets')
    .select([
      'budgetWindow as window',
      sql<number>`max((used_nano_usd + lost_nano_usd)::float8 / limit_nano_usd)`.as('share'),
    ])
    .where('limitNanoUsd', '>', 0)
    .where((eb) =>
      eb.or(
        budgetWindows.map((window) =>
          eb.and([eb('budgetWindow', '=', window), eb('startsAt', '=', budgetWindowAt(window, now).startsAt)]),
        ),
      ),
    )
    .groupBy('budgetWindow')
    .execute()
  return rows
}

/** Raises an alert for each budget of which 80 % or all is gone, once in each window, and ends those of past windows. */
export const warnOfBudgets = async (
  system: SystemScope,
  { now, currentStarts }: { now: string; currentStarts: Readonly<Record<string, string>> },
): Promise<void> => {
  const { rows } = await sql<{ workspaceId: string; id: string }>`
    update budgets set warned_percent = case when used_nano_usd + lost_nano_usd >= limit_nano_usd then 100 else 80 end
    where warned_percent < case when used_nano_usd + lost_nano_usd >= limit_nano_usd then 100
      when (used_nano_usd + lost_nano_usd) >= limit_nano_usd * 0.8 then 80 else 0 end
      and starts_at = any(array[${sql.join(Object.values(currentStarts).map((start) => sql`${start}::timestamptz`))}])
    returning workspace_id, id
  `.execute(system.db)
  for (const { workspaceId, id } of rows) {
    const row = await system.db.selectFrom('budgets').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
    const percent = row.warnedPercent
    await raiseAlert(
      { ...system, workspaceId },
      {
        rule: 'budget.used',
        object: `${row.limitsId ?? 'workspace'}:${percent}`,
        severity: percent >= 100 ? 'critical' : 'warning',
        title: await titleOfWarning(system, row),
        details: {
          keyId: row.limitsId,
          window: row.budgetWindow,
          limitNanoUsd: row.limitNanoUsd,
          usedNanoUsd: row.usedNanoUsd + row.lostNanoUsd,
        },
        at: now,
      },
    )
  }
  const over = await system.db
    .selectFrom('budgets')
    .select(['id', 'workspaceId', 'limitsId', 'warnedPercent'])
    .where('warnedPercent', '>', 0)
    .where('startsAt', 'not in', Object.values(currentStarts))
    .execute()
  for (const { id, workspaceId, limitsId } of over) {
    for (const percent of [80, 100]) {
      await resolveAlert(
        { ...system, workspaceId },
        { rule: 'budget.used', object: `${limitsId ?? 'workspace'}:${percent}`, at: now },
      )
    }
    await system.db.updateTable('budgets').set({ warnedPercent: -1 }).where('id', '=', id).execute()
  }
}
