import { timingSafeEqual } from 'node:crypto'
import { scopes, type Secret } from '@assay/core'
import { findGatewayKey, type Store } from '@assay/store'
import { createKeyCache, hashOfKey, type KeyCache } from './key-cache.ts'

export type Keys = KeyCache

/** Who a gateway key speaks for, from the database and a cache before it; the operator's own key stands apart. */
export const createKeys = (parts: {
  store: Pick<Store, 'inSystem'>
  now: () => number
  localWorkspaceId: string
  adminKey: Secret | undefined
}): Keys => {
  const adminHash = parts.adminKey && hashOfKey(parts.adminKey.open())
  const admin = { keyId: null, workspaceId: parts.localWorkspaceId, scopes, allowedModels: [], expiresAt: null }
  return createKeyCache({
    now: parts.now,
    findOperator: (hash) => (adminHash && timingSafeEqual(hash, adminHash) ? admin : null),
    lookUp: async (hash) => {
      const key = await parts.store.inSystem((system) => findGatewayKey(system, hash))
      if (key === null || key.revokedAt !== null) return null
      const { id, workspaceId, scopes, allowedModels, expiresAt } = key
      return { keyId: id, workspaceId, scopes, allowedModels, expiresAt }
    },
  })
}
