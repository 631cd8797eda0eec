import { timingSafeEqual } from 'node:crypto'
import { mintGatewayKey, openPolicy, scopes, timestamp, type GatewayKey, type Secret } from '@assay/core'
import { findGatewayKey, type Store } from '@assay/store'
import { createKeyCache, hashOfKey, type KeyCache } from './key-cache.ts'
import type { KeyHolder } from '../parts.ts'

/** Who keys speak for, and when they last did. */
export type Keys = KeyCache & {
  /** A key for a call that this process makes to itself; it is none any more when it is disposed of. */
  lend(holder: KeyHolder): Disposable & { text: string }
  /** When keys were used since this was last asked. */
  takeUses(): { id: string; lastUsedAt: string }[]
}

/** Who a gateway key speaks for, from the database and a cache before it; the operator's own key stands apart. */
export const createKeys = (parts: {
  store: Pick<Store, 'inSystem'>
  now: () => number
  localWorkspaceId: string
  adminKey: Secret | undefined
  randomBytes: (size: number) => Uint8Array
}): Keys => {
  const adminHash = parts.adminKey && hashOfKey(parts.adminKey.open())
  const admin: KeyHolder = {
    ...openPolicy,
    scopes: [...scopes],
    keyId: null,
    limitsId: null,
    name: 'the operator',
    workspaceId: parts.localWorkspaceId,
  }
  const lent = new Map<string, KeyHolder>()
  let uses = new Map<string, number>()
  const note = (holder: KeyHolder): KeyHolder => {
    if (holder.keyId !== null) uses.set(holder.keyId, parts.now())
    return holder
  }
  const cache = createKeyCache({
    now: parts.now,
    findOperator: (hash) => (adminHash && timingSafeEqual(hash, adminHash) ? admin : null),
    lookUp: async (hash) => {
      const key = await parts.store.inSystem((system) => findGatewayKey(system, hash))
      if (key === null || key.revokedAt !== null) return null
      return holderOf(key)
    },
  })
  return {
    ...cache,
    find: (text, connection) => {
      const found = (lent.size > 0 ? lent.get(text) : undefined) ?? cache.find(text, connection)
      return found instanceof Promise ? found.then(note) : note(found)
    },
    lend: (holder) => {
      const { key } = mintGatewayKey(parts.randomBytes)
      lent.set(key, holder)
      return { text: key, [Symbol.dispose]: () => void lent.delete(key) }
    },
    takeUses: () => {
      const taken = [...uses].map(([id, at]) => ({ id, lastUsedAt: timestamp(at) }))
      uses = new Map()
      return taken
    },
  }
}

/** What the data plane knows of a key: the key without what only people look at. */
const holderOf = ({
  id,
  prefix: _prefix,
  last4: _last4,
  rotatedTo: _rotatedTo,
  revokedAt: _revokedAt,
  lastUsedAt: _lastUsedAt,
  createdAt: _createdAt,
  ...policy
}: GatewayKey & { workspaceId: string }): KeyHolder => ({ ...policy, keyId: id })
