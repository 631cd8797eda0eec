import { type BudgetState, type BudgetWindow, budgetWindowAt, budgetWindows, freshBudget } from '@assay/core'
import type { Selectable } from 'kysely'
import type { Database } from './schema.ts'
import type { WorkspaceScope } from './scope.ts'

/** A budget as it is set: how much in which window. */
export type BudgetLimit = { limitNanoUsd: number; window: BudgetWindow }

/** The budget that all keys of the workspace share; null when it has none. */
export const findWorkspaceBudget = async ({ db, workspaceId }: WorkspaceScope): Promise<BudgetLimit | null> => {
  const row = await db
    .selectFrom('workspaceBudgets')
    .select(['limitNanoUsd', 'budgetWindow'])
    .where('workspaceId', '=', workspaceId)
    .executeTakeFirst()
  return row ? { limitNanoUsd: row.limitNanoUsd, window: row.budgetWindow } : null
}

/** Sets or lifts the budget of the workspace. */
export const setWorkspaceBudget = async (
  scope: WorkspaceScope,
  { budget, now }: { budget: BudgetLimit | null; now: number },
): Promise<void> => {
  const { db, workspaceId } = scope
  if (budget === null) {
    await db.deleteFrom('workspaceBudgets').where('workspaceId', '=', workspaceId).execute()
    return
  }
  const { limitNanoUsd, window: budgetWindow } = budget
  const values = { limitNanoUsd, budgetWindow, updatedAt: new Date(now).toISOString() }
  await db
    .insertInto('workspaceBudgets')
    .values({ workspaceId, ...values })
    .onConflict((conflict) => conflict.column('workspaceId').doUpdateSet(values))
    .execute()
  await changeLimit(scope, { limitsId: null, budget, now })
}

/** Brings the window that runs now to a new limit; what was granted before stays granted. */
export const changeLimit = async (
  { db, workspaceId }: WorkspaceScope,
  { limitsId, budget, now }: { limitsId: string | null; budget: BudgetLimit; now: number },
): Promise<void> => {
  await db
    .updateTable('budgets')
    .set({ limitNanoUsd: budget.limitNanoUsd })
    .where('workspaceId', '=', workspaceId)
    .where('limitsId', 'is not distinct from', limitsId)
    .where('budgetWindow', '=', budget.window)
    .where('startsAt', '=', budgetWindowAt(budget.window, now).startsAt)
    .execute()
}

/** Everything that is set now and how much of it is gone: the workspace's own budget first, then those of its keys. */
export const listBudgets = async (scope: WorkspaceScope, { now }: { now: number }): Promise<BudgetState[]> => {
  const { db, workspaceId } = scope
  const own = await findWorkspaceBudget(scope)
  const keys = await db
    .selectFrom('gatewayKeys')
    .select(['id', 'limitsId', 'budgetNanoUsd', 'budgetWindow'])
    .where('workspaceId', '=', workspaceId)
    .where('budgetNanoUsd', 'is not', null)
    .where('revokedAt', 'is', null)
    .where('rotatedTo', 'is', null)
    .orderBy('createdAt', 'desc')
    .limit(MOST_BUDGETS)
    .execute()
  const states = await currentBudgets(scope, { now })
  return [
    ...(own ? [stateOf(states, { keyId: null, ...own, now })] : []),
    ...keys.map(({ id, limitsId, budgetNanoUsd, budgetWindow }) =>
      stateOf(states, { keyId: limitsId ?? id, limitNanoUsd: budgetNanoUsd!, window: budgetWindow!, now }),
    ),
  ]
}

const MOST_BUDGETS = 1_000

/** How much is gone of one key's budget, or with null of the workspace's. */
export const findBudgetState = async (
  scope: WorkspaceScope,
  given: BudgetLimit & { keyId: string | null; now: number },
): Promise<BudgetState> => stateOf(await currentBudgets(scope, { now: given.now, keyId: given.keyId }), given)

/** The windows that run now and have been spent from. */
export const currentBudgets = async (
  { db, workspaceId }: WorkspaceScope,
  { now, keyId }: { now: number; keyId?: string | null },
): Promise<BudgetState[]> => {
  const rows = await db
    .selectFrom('budgets')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where((eb) =>
      eb.or(
        budgetWindows.map((window) =>
          eb.and([eb('budgetWindow', '=', window), eb('startsAt', '=', budgetWindowAt(window, now).startsAt)]),
        ),
      ),
    )
    .$if(keyId !== undefined, (query) => query.where('limitsId', 'is not distinct from', keyId!))
    .execute()
  return rows.map(toBudgetState)
}

/** The state of one limit among those that run now; a limit just changed counts as it is set. */
export const stateOf = (
  states: readonly BudgetState[],
  { keyId, window, limitNanoUsd, now }: BudgetLimit & { keyId: string | null; now: number },
): BudgetState => {
  const found = states.find((state) => state.keyId === keyId && state.window === window)
  return { ...(found ?? freshBudget({ keyId, window, limitNanoUsd, now })), limitNanoUsd }
}

/** Gives back what was lost of a budget; null when the workspace has no such budget. */
export const releaseLost = async (
  { db, workspaceId }: WorkspaceScope,
  id: string,
): Promise<{ released: number; state: BudgetState } | null> => {
  const before = await db
    .selectFrom('budgets')
    .select('lostNanoUsd')
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst()
  if (!before) return null
  await db
    .deleteFrom('budgetLeases')
    .where('workspaceId', '=', workspaceId)
    .where('budgetId', '=', id)
    .where('state', '=', 'lost')
    .execute()
  const row = await db
    .updateTable('budgets')
    .set({ lostNanoUsd: 0 })
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
  return { released: before.lostNanoUsd, state: toBudgetState(row) }
}

const toBudgetState = (row: Selectable<Database['budgets']>): BudgetState => {
  const { id, limitsId, budgetWindow, startsAt, limitNanoUsd, usedNanoUsd, reservedNanoUsd, lostNanoUsd } = row
  const { resetsAt } = budgetWindowAt(budgetWindow, Date.parse(startsAt))
  return {
    id,
    keyId: limitsId,
    window: budgetWindow,
    startsAt,
    resetsAt,
    limitNanoUsd,
    usedNanoUsd,
    reservedNanoUsd,
    lostNanoUsd,
  }
}
