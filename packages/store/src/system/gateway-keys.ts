import type { GatewayKey } from '@assay/core'
import { sql } from 'kysely'
import { toGatewayKey } from '../gateway-keys.ts'
import type { SystemScope } from '../scope.ts'

/** The gateway key with this SHA-256, of whatever workspace and in whatever state; null when there is none. */
export const findGatewayKey = async (
  { db }: SystemScope,
  hash: Uint8Array,
): Promise<(GatewayKey & { workspaceId: string }) | null> => {
  const row = await db.selectFrom('gatewayKeys').selectAll().where('hash', '=', hash).executeTakeFirst()
  return row ? { ...toGatewayKey(row), workspaceId: row.workspaceId } : null
}

/** Notes when keys were last used; a moment that is older than what is known changes nothing. */
export const noteKeyUse = async (
  { db }: SystemScope,
  uses: readonly { id: string; lastUsedAt: string }[],
): Promise<void> => {
  if (uses.length === 0) return
  const rows = uses.toSorted((a, b) => (a.id < b.id ? -1 : 1))
  await sql`
    update gateway_keys set last_used_at = greatest(gateway_keys.last_used_at, used.at)
    from (values ${sql.join(rows.map(({ id, lastUsedAt }) => sql`(${id}::uuid, ${lastUsedAt}::timestamptz)`))}) as used (id, at)
    where gateway_keys.id = used.id
  `.execute(db)
}
