import type { GatewayKey, KeyPolicy, Page } from '@assay/core'
import type { Selectable } from 'kysely'
import { decodeCursor, isBefore, limitOf, pageFrom, type PageOptions, TimePosition } from './cursor.ts'
import { type Database, jsonOrNull } from './schema.ts'
import type { WorkspaceScope } from './scope.ts'

/** Stores a gateway key, of which only the hash is kept. */
export const insertGatewayKey = async (
  { db, workspaceId }: WorkspaceScope,
  { routePolicy, cachePolicy, ...key }: GatewayKey & { hash: Uint8Array },
): Promise<void> => {
  await db
    .insertInto('gatewayKeys')
    .values({ ...key, workspaceId, routePolicy: jsonOrNull(routePolicy), cachePolicy: jsonOrNull(cachePolicy) })
    .execute()
}

/** The keys of the workspace, newest first, revoked ones too. */
export const listGatewayKeys = async (
  { db, workspaceId }: WorkspaceScope,
  page: PageOptions,
): Promise<Page<GatewayKey>> => {
  const after = decodeCursor(page.cursor, TimePosition)
  const limit = limitOf(page)
  const rows = await db
    .selectFrom('gatewayKeys')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .$if(after !== undefined, (query) => query.where(isBefore(['createdAt', 'id'], after!)))
    .orderBy('createdAt', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute()
  return pageFrom(rows, { limit, item: toGatewayKey, position: ({ createdAt, id }) => [createdAt, id] })
}

/** One key of the workspace; `lock` keeps others from changing it until the transaction ends. */
export const getGatewayKey = async (
  { db, workspaceId }: WorkspaceScope,
  { id, lock = false }: { id: string; lock?: boolean },
): Promise<GatewayKey | null> => {
  const row = await db
    .selectFrom('gatewayKeys')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .$if(lock, (query) => query.forUpdate())
    .executeTakeFirst()
  return row ? toGatewayKey(row) : null
}

/** What may be changed of a key after it was made. */
export type GatewayKeyChanges = Partial<KeyPolicy & Pick<GatewayKey, 'name' | 'rotatedTo' | 'revokedAt'>>

/** Changes a key of the workspace. */
export const updateGatewayKey = async (
  { db, workspaceId }: WorkspaceScope,
  { id, changes }: { id: string; changes: GatewayKeyChanges },
): Promise<GatewayKey> => {
  const { routePolicy, cachePolicy, ...plain } = changes
  const row = await db
    .updateTable('gatewayKeys')
    .set({
      ...plain,
      ...(routePolicy === undefined ? {} : { routePolicy: jsonOrNull(routePolicy) }),
      ...(cachePolicy === undefined ? {} : { cachePolicy: jsonOrNull(cachePolicy) }),
    })
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
  return toGatewayKey(row)
}

/** Revokes a key, keeping the moment of the first time; null when the workspace has no such key. */
export const revokeGatewayKey = async (
  { db, workspaceId }: WorkspaceScope,
  { id, now }: { id: string; now: string },
): Promise<GatewayKey | null> => {
  const row = await db
    .updateTable('gatewayKeys')
    .set((eb) => ({ revokedAt: eb.fn.coalesce('revokedAt', eb.val(now)) }))
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst()
  return row ? toGatewayKey(row) : null
}

/** The key without its hash and its workspace. */
export const toGatewayKey = ({
  hash: _hash,
  workspaceId: _workspaceId,
  limitsId,
  ...key
}: Selectable<Database['gatewayKeys']>): GatewayKey => ({ ...key, limitsId: limitsId ?? key.id })
