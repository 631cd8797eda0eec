import type { AlertEvent } from '@assay/core'
import { sql } from 'kysely'
import type { SystemScope } from '../scope.ts'

/** The workspaces that have something to be told, or a message whose time has come. */
export const workspacesToTell = async ({ db }: SystemScope, { now }: { now: string }): Promise<string[]> => {
  const { rows } = await sql<{ workspaceId: string }>`
    select workspace_id from alert_notices where delivered_at is null
    union
    select workspace_id from alert_deliveries where state = 'waiting' and next_at <= ${now}
  `.execute(db)
  return rows.map(({ workspaceId }) => workspaceId)
}

/** The workspaces whose traffic has to be looked at: those that had some lately, and those with an open alert of it. */
export const workspacesToWatch = async (
  { db }: SystemScope,
  { since, rules }: { since: string; rules: readonly AlertEvent[] },
): Promise<string[]> => {
  const rows = await db
    .selectFrom('usageMinute')
    .select('workspaceId')
    .where('minute', '>=', since)
    .union(db.selectFrom('alerts').select('workspaceId').where('resolvedAt', 'is', null).where('rule', 'in', rules))
    .execute()
  return rows.map(({ workspaceId }) => workspaceId)
}

/** The workspaces that had failures since a time, and those in which a group still counts as failing unusually often. */
export const workspacesWithFailures = async ({ db }: SystemScope, { since }: { since: string }): Promise<string[]> => {
  const rows = await db
    .selectFrom('failures')
    .select('workspaceId')
    .distinct()
    .where('receivedAt', '>=', since)
    .where('day', '>=', since.slice(0, 10))
    .union(
      db
        .selectFrom('alerts')
        .select('workspaceId')
        .where('resolvedAt', 'is', null)
        .where('rule', 'in', ['group.rate', 'group.critical']),
    )
    .execute()
  return rows.map(({ workspaceId }) => workspaceId)
}
