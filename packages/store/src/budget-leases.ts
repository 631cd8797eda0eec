import { type BudgetWindow, budgetWindowAt } from '@assay/core'
import { sql } from 'kysely'
import type { WorkspaceScope } from './scope.ts'

/** One budget in one window: where a lease is taken from. */
export type BudgetPlace = { limitsId: string | null; window: BudgetWindow; limitNanoUsd: number }

/** What a process may spend of a budget until a moment, by the number that fences it off from later ones. */
export type Grant =
  | { kind: 'granted'; budgetId: string; fence: number; amountNanoUsd: number; leftNanoUsd: number; isTight: boolean }
  | { kind: 'refused'; budgetId: string; usedNanoUsd: number; reservedNanoUsd: number; limitNanoUsd: number }

/** The row of a budget's window, made by the first request of it. */
export const openBudget = async (
  { db, workspaceId }: WorkspaceScope,
  { id, place, now }: { id: string; place: BudgetPlace; now: number },
): Promise<string> => {
  const { limitsId, window, limitNanoUsd } = place
  const { startsAt } = budgetWindowAt(window, now)
  // A holder may be some seconds old; the limit is read where it is set.
  const set =
    limitsId === null
      ? sql<number>`(select limit_nano_usd from workspace_budgets where workspace_id = ${workspaceId} and budget_window = ${window})`
      : sql<number>`(select budget_nano_usd from gateway_keys where workspace_id = ${workspaceId}
          and coalesce(limits_id, id) = ${limitsId} and budget_window = ${window} order by created_at desc limit 1)`
  await db
    .insertInto('budgets')
    .values({
      id,
      workspaceId,
      limitsId,
      budgetWindow: window,
      startsAt,
      limitNanoUsd: sql<number>`coalesce(${set}, ${limitNanoUsd}::bigint)`,
    })
    .onConflict((conflict) => conflict.columns(['workspaceId', 'limitsId', 'budgetWindow', 'startsAt']).doNothing())
    .execute()
  const row = await db
    .selectFrom('budgets')
    .select('id')
    .where('workspaceId', '=', workspaceId)
    .where('limitsId', 'is not distinct from', limitsId)
    .where('budgetWindow', '=', window)
    .where('startsAt', '=', startsAt)
    .executeTakeFirstOrThrow()
  return row.id
}

/**
 * Takes from a budget at least what one request needs, and where there is room 5 % of what is left, so that the next
 * ones need not ask. One conditional statement decides; below 1 % nobody gets more than they need.
 */
export const grantLease = async (
  { db, workspaceId }: WorkspaceScope,
  given: { budgetId: string; fence: number | null; needNanoUsd: number; owner: string; until: string },
): Promise<Grant> => {
  const { budgetId, fence, needNanoUsd, owner, until } = given
  const left = sql<number>`(limit_nano_usd - used_nano_usd - lost_nano_usd - reserved_nano_usd)`
  const need = sql<number>`${needNanoUsd}::bigint`
  const grant = sql<number>`case when ${left} * 100 < limit_nano_usd then ${need} else greatest(${need}, ${left} / 20) end`
  const row = await db
    .updateTable('budgets')
    .set({
      grantedNanoUsd: grant,
      reservedNanoUsd: sql`reserved_nano_usd + ${grant}`,
      fence: sql`fence + 1`,
    })
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', budgetId)
    .where(sql<boolean>`used_nano_usd + lost_nano_usd + reserved_nano_usd + ${need} <= limit_nano_usd`)
    .returning(['fence', 'grantedNanoUsd', 'limitNanoUsd', left.as('left')])
    .executeTakeFirst()
  if (!row) return refusalOf({ db, workspaceId }, budgetId)
  const amountNanoUsd = row.grantedNanoUsd
  const kept =
    fence !== null &&
    (await db
      .updateTable('budgetLeases')
      .set({ amountNanoUsd: sql`amount_nano_usd + ${amountNanoUsd}::bigint`, until })
      .where('budgetId', '=', budgetId)
      .where('fence', '=', fence)
      .where('state', '=', 'held')
      .returning('fence')
      .executeTakeFirst())
  if (!kept) {
    await db
      .insertInto('budgetLeases')
      .values({ budgetId, fence: row.fence, workspaceId, owner, amountNanoUsd, until, state: 'held' })
      .execute()
  }
  return {
    kind: 'granted',
    budgetId,
    fence: kept ? fence : row.fence,
    amountNanoUsd,
    leftNanoUsd: row.left,
    isTight: row.left * 100 < row.limitNanoUsd,
  }
}

const refusalOf = async (
  { db, workspaceId }: Pick<WorkspaceScope, 'db' | 'workspaceId'>,
  budgetId: string,
): Promise<Grant> => {
  const row = await db
    .selectFrom('budgets')
    .select(['usedNanoUsd', 'reservedNanoUsd', 'lostNanoUsd', 'limitNanoUsd'])
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', budgetId)
    .executeTakeFirstOrThrow()
  const { lostNanoUsd, usedNanoUsd, reservedNanoUsd, limitNanoUsd } = row
  // What is lost counts as spent.
  return { kind: 'refused', budgetId, usedNanoUsd: usedNanoUsd + lostNanoUsd, reservedNanoUsd, limitNanoUsd }
}
