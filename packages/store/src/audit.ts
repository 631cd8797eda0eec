import { createHash } from 'node:crypto'
import type { AuditFilter, AuditRow as AuditEntryRow, Page } from '@assay/core'
import { type Selectable, sql } from 'kysely'
import { z } from 'zod'
import { decodeCursor, limitOf, pageFrom, type PageOptions } from './cursor.ts'
import { type Database, jsonOrNull } from './schema.ts'
import type { WorkspaceScope } from './scope.ts'
import { storable } from './storable.ts'

/** Who did what to which thing. */
export type AuditEntry = {
  at: string
  actor: string
  action: string
  target: string
  before?: unknown
  after?: unknown
  ip?: string
  requestId?: string
}

type AuditRow = Selectable<Database['audit']>

/** Adds to the workspace's chain, in the transaction of the change itself: no row, no change. */
export const appendAudit = async ({ db, workspaceId }: WorkspaceScope, entry: AuditEntry): Promise<void> => {
  // Two changes at once would both follow the same row; the lock ends with the transaction.
  await sql`select pg_advisory_xact_lock(hashtextextended(${`audit ${workspaceId}`}, 0))`.execute(db)
  const last = await db
    .selectFrom('audit')
    .select(['seq', 'hash'])
    .where('workspaceId', '=', workspaceId)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst()
  const row = storable({
    workspaceId,
    seq: (last?.seq ?? 0) + 1,
    at: new Date(entry.at).toISOString(),
    actor: entry.actor,
    action: entry.action,
    target: entry.target,
    before: entry.before ?? null,
    after: entry.after ?? null,
    ip: entry.ip ?? null,
    requestId: entry.requestId ?? null,
    prevHash: last?.hash ?? genesis,
  })
  await db
    .insertInto('audit')
    .values({ ...row, before: jsonOrNull(row.before), after: jsonOrNull(row.after), hash: hashOf(row) })
    .execute()
}

/** Rows of the audit, newest first. */
export const listAudit = async (
  { db, workspaceId }: WorkspaceScope,
  query: PageOptions & { [Name in keyof AuditFilter]?: AuditFilter[Name] | undefined },
): Promise<Page<AuditEntryRow>> => {
  const { since, until, actor, action, target, cursor } = query
  const after = decodeCursor(cursor, z.tuple([z.int()]))
  const limit = limitOf(query)
  let select = db.selectFrom('audit').selectAll().where('workspaceId', '=', workspaceId)
  if (since !== undefined) select = select.where('at', '>=', since)
  if (until !== undefined) select = select.where('at', '<', until)
  if (actor !== undefined) select = select.where('actor', '=', actor)
  if (action?.endsWith('.')) select = select.where((eb) => eb.fn('starts_with', ['action', eb.val(action)]), '=', true)
  else if (action !== undefined) select = select.where('action', '=', action)
  if (target !== undefined) select = select.where('target', '=', target)
  if (after !== undefined) select = select.where('seq', '<', after[0])
  const rows = await select
    .orderBy('seq', 'desc')
    .limit(limit + 1)
    .execute()
  return pageFrom(rows, { limit, item: toAuditRow, position: ({ seq }) => [seq] })
}

/** The number of the first row that does not follow from the one before it; null when the chain holds. */
export const findBrokenAudit = async ({ db, workspaceId }: WorkspaceScope): Promise<number | null> => {
  let previous: Pick<AuditRow, 'seq' | 'hash'> = { seq: 0, hash: genesis }
  for (;;) {
    const rows = await db
      .selectFrom('audit')
      .selectAll()
      .where('workspaceId', '=', workspaceId)
      .where('seq', '>', previous.seq)
      .orderBy('seq')
      .limit(1_000)
      .execute()
    for (const row of rows) {
      const follows = row.seq === previous.seq + 1 && equal(row.prevHash, previous.hash)
      if (!follows || !equal(row.hash, hashOf(row))) return row.seq
      previous = row
    }
    if (rows.length < 1_000) return null
  }
}

const toAuditRow = ({ workspaceId: _workspaceId, prevHash: _prevHash, hash, ...row }: AuditRow): AuditEntryRow => ({
  ...row,
  hash: Buffer.from(hash).toString('hex'),
})

const genesis = new Uint8Array(32)

const hashOf = ({ prevHash, ...row }: Omit<AuditRow, 'hash'>): Uint8Array => {
  const { workspaceId, seq, at, actor, action, target, before, after, ip, requestId } = row
  return createHash('sha256')
    .update(prevHash)
    .update(canonicalJson({ workspaceId, seq, at, actor, action, target, before, after, ip, requestId }))
    .digest()
}

/** JSON with the keys of every object in order: equal values give equal bytes. */
export const canonicalJson = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )

const equal = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0
