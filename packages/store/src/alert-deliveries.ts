import type { Alert, AlertDelivery, ContractInput, listAlertDeliveries as contract, Page } from '@assay/core'
import { type Selectable, sql } from 'kysely'
import { toAlert } from './alerts.ts'
import { decodeCursor, isBefore, limitOf, pageFrom, TimePosition } from './cursor.ts'
import type { Database } from './schema.ts'
import type { WorkspaceScope } from './scope.ts'
import { storable } from './storable.ts'

/** A message that is about to be sent, with what it is about. */
export type DueDelivery = { delivery: AlertDelivery; alert: Alert | null }

type NewDelivery = AlertDelivery & { noticeId: string | null }

/** Writes down what is to be sent; one notice goes to one channel once, however many rules name it. */
export const insertDeliveries = async (
  { db, workspaceId }: WorkspaceScope,
  deliveries: readonly NewDelivery[],
): Promise<void> => {
  if (deliveries.length === 0) return
  await db
    .insertInto('alertDeliveries')
    .values(deliveries.map((delivery) => ({ ...storable(delivery), workspaceId })))
    .onConflict((conflict) => conflict.columns(['noticeId', 'channelId']).doNothing())
    .execute()
}

/** The channels that heard that an alert was raised, or soon will. */
export const toldChannels = async ({ db, workspaceId }: WorkspaceScope, alertId: string): Promise<Set<string>> => {
  const rows = await db
    .selectFrom('alertDeliveries')
    .select('channelId')
    .distinct()
    .where('workspaceId', '=', workspaceId)
    .where('alertId', '=', alertId)
    .where('kind', '=', 'raised')
    .where('state', '<>', 'muted')
    .execute()
  return new Set(rows.map(({ channelId }) => channelId))
}

/** Takes messages whose time has come; whoever takes one has until `heldUntil` to say what became of it. */
export const takeDueDeliveries = async (
  { db, workspaceId }: WorkspaceScope,
  { now, heldUntil, limit = 20 }: { now: string; heldUntil: string; limit?: number },
): Promise<DueDelivery[]> => {
  const due = db
    .selectFrom('alertDeliveries')
    .select('id')
    .where('workspaceId', '=', workspaceId)
    .where('state', '=', 'waiting')
    .where('nextAt', '<=', now)
    .orderBy('nextAt')
    .limit(limit)
    .forUpdate()
    .skipLocked()
  const rows = await db
    .updateTable('alertDeliveries')
    .set((eb) => ({ tries: eb('tries', '+', 1), nextAt: heldUntil }))
    .where('id', 'in', due)
    .returningAll()
    .execute()
  const alertIds = rows.flatMap(({ alertId }) => (alertId === null ? [] : [alertId]))
  const alerts = alertIds.length === 0 ? [] : await alertsOf({ db, workspaceId }, alertIds)
  return rows.map((row) => ({
    delivery: toDelivery(row),
    alert: alerts.find(({ id }) => id === row.alertId) ?? null,
  }))
}

/** Notes what became of a try; a try that was given up in the meantime says nothing any more. */
export const finishDelivery = async (
  { db, workspaceId }: WorkspaceScope,
  { id, tries, ...outcome }: Pick<AlertDelivery, 'id' | 'tries' | 'state' | 'nextAt' | 'lastError' | 'deliveredAt'>,
): Promise<void> => {
  await db
    .updateTable('alertDeliveries')
    .set(storable(outcome))
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .where('tries', '=', tries)
    .execute()
}

/** What was sent where, newest first. */
export const listAlertDeliveries = async (
  { db, workspaceId }: WorkspaceScope,
  query: Partial<ContractInput<typeof contract>['query']>,
): Promise<Page<AlertDelivery>> => {
  const { channel, alert, state } = query
  const after = decodeCursor(query.cursor, TimePosition)
  const limit = limitOf(query)
  const rows = await db
    .selectFrom('alertDeliveries')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .$if(channel !== undefined, (select) => select.where('channelId', '=', channel!))
    .$if(alert !== undefined, (select) => select.where('alertId', '=', alert!))
    .$if(state !== undefined, (select) => select.where('state', '=', state!))
    .$if(after !== undefined, (select) => select.where(isBefore(['at', 'id'], after!)))
    .orderBy('at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute()
  return pageFrom(rows, { limit, item: toDelivery, position: ({ at, id }) => [at, id] })
}

/** Puts a message back to be sent at once, its tries counted anew; null when the workspace has none with this id. */
export const resendDelivery = async (
  { db, workspaceId }: WorkspaceScope,
  { id, at }: { id: string; at: string },
): Promise<AlertDelivery | null> => {
  const row = await db
    .updateTable('alertDeliveries')
    .set({ state: 'waiting', tries: 0, nextAt: at, lastError: null, deliveredAt: null })
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst()
  return row ? toDelivery(row) : null
}

/** How many test messages a channel has had since a moment, and when the first of them was. */
export const countTests = async (
  { db, workspaceId }: WorkspaceScope,
  { channelId, since }: { channelId: string; since: string },
): Promise<{ count: number; firstAt: string | null }> =>
  db
    .selectFrom('alertDeliveries')
    .select([sql<number>`count(*)::int`.as('count'), sql<string | null>`min(at)`.as('firstAt')])
    .where('workspaceId', '=', workspaceId)
    .where('channelId', '=', channelId)
    .where('kind', '=', 'test')
    .where('at', '>', since)
    .executeTakeFirstOrThrow()

const alertsOf = async (
  { db, workspaceId }: Pick<WorkspaceScope, 'db' | 'workspaceId'>,
  ids: readonly string[],
): Promise<Alert[]> => {
  const rows = await db
    .selectFrom('alerts')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('id', 'in', ids)
    .execute()
  return rows.map(toAlert)
}

const toDelivery = ({
  workspaceId: _workspaceId,
  noticeId: _noticeId,
  ...delivery
}: Selectable<Database['alertDeliveries']>): AlertDelivery => delivery
