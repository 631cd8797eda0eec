import type { Selectable, Transaction } from 'kysely'
import { formatUsd } from '@assay/core'
import type { Database } from './schema.ts'

/** What people read when much of a budget is gone. */
export const titleOfWarning = async (
  { db }: { db: Transaction<Database> },
  budget: Selectable<Database['budgets']>,
): Promise<string> => {
  const { limitsId, budgetWindow, limitNanoUsd, warnedPercent, workspaceId } = budget
  const key =
    limitsId === null
      ? null
      : await db
          .selectFrom('gatewayKeys')
          .select('name')
          .where('workspaceId', '=', workspaceId)
          .where('id', '=', limitsId)
          .executeTakeFirst()
  const whose = limitsId === null ? 'the workspace' : `the gateway key ${key?.name ?? limitsId}`
  const gone = warnedPercent >= 100 ? 'All' : '80 %'
  const per = budgetWindow === 'total' ? 'in total' : `per ${budgetWindow}`
  return `${gone} of the budget of ${whose} is used (${formatUsd(limitNanoUsd)} ${per})`.slice(0, 300)
}
