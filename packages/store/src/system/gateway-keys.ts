import type { GatewayKey } from '@assay/core'
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
