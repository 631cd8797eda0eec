import { randomBytes } from 'node:crypto'
import { type Alert, type ContractInput, createId, DAY_MS, type listAlerts as contract, type Page } from '@assay/core'
import { type Selectable, sql } from 'kysely'
import { decodeCursor, isBefore, limitOf, pageFrom, TimePosition } from './cursor.ts'
import { type Database, json } from './schema.ts'
import type { WorkspaceScope } from './scope.ts'
import { storable } from './storable.ts'

/** What a rule found. */
export type RaisedAlert = Pick<Alert, 'rule' | 'object' | 'severity' | 'title' | 'details' | 'at'>

/** An alert as it now stands, and whether people have to be told; the notice is written in the same transaction. */
export type AlertChange = { alert: Alert; notice: 'raised' | 'resolved' | null }

/** So long a rule is silent about an object after it has spoken. */
const SILENCE_MS = DAY_MS

/** Says that a rule found something. One alert stands for a rule and an object; people hear of it once in 24 hours. */
export const raiseAlert = async (scope: WorkspaceScope, raised: RaisedAlert): Promise<AlertChange> => {
  const { db, workspaceId } = scope
  const { rule, object, severity, title, details, at } = storable(raised)
  // Two that find the same at once would each make an alert; the lock ends with the transaction.
  await sql`select pg_advisory_xact_lock(hashtextextended(${`alert ${workspaceId} ${rule} ${object}`}, 0))`.execute(db)
  const known = await db
    .selectFrom('alerts')
    .select(['id', 'noticedAt', 'resolvedAt'])
    .where('workspaceId', '=', workspaceId)
    .where('rule', '=', rule)
    .where('object', '=', object)
    .orderBy('lastAt', 'desc')
    .limit(1)
    .executeTakeFirst()
  const isSilent = known !== undefined && Date.parse(at) - Date.parse(known.noticedAt) < SILENCE_MS
  const continued = known !== undefined && (known.resolvedAt === null || isSilent) ? known : null
  const id = continued?.id ?? newId(at)
  const row = await db
    .insertInto('alerts')
    .values({
      id,
      workspaceId,
      rule,
      object,
      severity,
      title,
      details: json(details),
      count: 1,
      at,
      lastAt: at,
      noticedAt: at,
    })
    .onConflict((conflict) =>
      conflict.column('id').doUpdateSet((eb) => ({
        severity,
        title,
        details: json(details),
        count: eb('alerts.count', '+', 1),
        lastAt: at,
        resolvedAt: null,
        ...(isSilent ? {} : { noticedAt: at, acknowledgedAt: null, acknowledgedBy: null }),
      })),
    )
    .returningAll()
    .executeTakeFirstOrThrow()
  if (isSilent) return { alert: toAlert(row), notice: null }
  await owe(scope, { alertId: id, kind: 'raised', at })
  return { alert: toAlert(row), notice: 'raised' }
}

/** Says that what a rule found is over; null when nothing was open. */
export const resolveAlert = async (
  scope: WorkspaceScope,
  { rule, object, at }: Pick<Alert, 'rule' | 'object' | 'at'>,
): Promise<AlertChange | null> => {
  const row = await scope.db
    .updateTable('alerts')
    .set({ resolvedAt: at })
    .where('workspaceId', '=', scope.workspaceId)
    .where('rule', '=', rule)
    .where('object', '=', object)
    .where('resolvedAt', 'is', null)
    .returningAll()
    .executeTakeFirst()
  if (row === undefined) return null
  // One that came back within its silence was not told of, and neither is its end.
  const told = await scope.db
    .selectFrom('alertNotices')
    .select('kind')
    .where('workspaceId', '=', scope.workspaceId)
    .where('alertId', '=', row.id)
    .orderBy('at', 'desc')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (told?.kind !== 'raised') return { alert: toAlert(row), notice: null }
  await owe(scope, { alertId: row.id, kind: 'resolved', at })
  return { alert: toAlert(row), notice: 'resolved' }
}

/** Alerts of the workspace, newest first. */
export const listAlerts = async (
  { db, workspaceId }: WorkspaceScope,
  query: Partial<ContractInput<typeof contract>['query']>,
): Promise<Page<Alert>> => {
  const { state, rule, object, cursor } = query
  const after = decodeCursor(cursor, TimePosition)
  const limit = limitOf(query)
  let select = db.selectFrom('alerts').selectAll().where('workspaceId', '=', workspaceId)
  if (state !== undefined) select = select.where('resolvedAt', state === 'open' ? 'is' : 'is not', null)
  if (rule !== undefined) select = select.where('rule', '=', rule)
  if (object !== undefined) select = select.where('object', '=', object)
  if (after !== undefined) select = select.where(isBefore(['at', 'id'], after))
  const rows = await select
    .orderBy('at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute()
  return pageFrom(rows, { limit, item: toAlert, position: ({ at, id }) => [at, id] })
}

/** Notes who looks at an alert; null when the workspace has none with this id. The first to say so stays. */
export const acknowledgeAlert = async (
  { db, workspaceId }: WorkspaceScope,
  { id, actor, at }: { id: string; actor: string; at: string },
): Promise<Alert | null> => {
  const row = await db
    .updateTable('alerts')
    .set((eb) => ({
      acknowledgedAt: eb.fn.coalesce('acknowledgedAt', eb.val(at)),
      acknowledgedBy: eb.fn.coalesce('acknowledgedBy', eb.val(actor)),
    }))
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst()
  return row ? toAlert(row) : null
}

/** What people have to be told and have not been, the oldest first; whoever delivers notices takes them from here. */
export const waitingNotices = async (
  { db, workspaceId }: WorkspaceScope,
  { limit = 100 }: { limit?: number } = {},
): Promise<{ id: string; kind: 'raised' | 'resolved'; at: string; alert: Alert }[]> => {
  const notices = await db
    .selectFrom('alertNotices')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('deliveredAt', 'is', null)
    .orderBy('at')
    .orderBy('id')
    .limit(limit)
    .execute()
  if (notices.length === 0) return []
  const alertIds = notices.map(({ alertId }) => alertId)
  const rows = await db
    .selectFrom('alerts')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('id', 'in', alertIds)
    .execute()
  const alerts = new Map(rows.map((row) => [row.id, toAlert(row)]))
  return notices.map(({ id, kind, at, alertId }) => ({ id, kind, at, alert: alerts.get(alertId)! }))
}

/** Notes that a notice has reached its people. */
export const markNoticeDelivered = async (
  { db, workspaceId }: WorkspaceScope,
  { id, at }: { id: string; at: string },
): Promise<void> => {
  await db
    .updateTable('alertNotices')
    .set({ deliveredAt: at })
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .execute()
}

const owe = async (
  { db, workspaceId }: WorkspaceScope,
  notice: { alertId: string; kind: 'raised' | 'resolved'; at: string },
): Promise<void> => {
  await db
    .insertInto('alertNotices')
    .values({ id: newId(notice.at), workspaceId, ...notice })
    .execute()
}

const newId = (at: string): string =>
  createId({ now: () => Date.parse(at), randomBytes: (size) => new Uint8Array(randomBytes(size)) })

/** An alert out of its row. */
export const toAlert = ({
  workspaceId: _workspaceId,
  noticedAt: _noticedAt,
  ...alert
}: Selectable<Database['alerts']>): Alert => alert
