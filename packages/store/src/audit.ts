import { createHash } from 'node:crypto'
import { type Selectable, sql } from 'kysely'
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
