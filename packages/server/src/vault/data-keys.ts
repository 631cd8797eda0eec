import { createHmac } from 'node:crypto'
import { AssayError, MINUTE_MS, timestamp } from '@assay/core'
import { findDataKey, insertDataKey, type DataKeyRow, type Store } from '@assay/store'
import type { Keyring } from './keyring.ts'
import type { Place } from './seal.ts'

/** A workspace's own key, in the clear: what its secrets are sealed with. */
type DataKey = { id: string; key: Uint8Array }

export type DataKeys = {
  /** The workspace's key, made when it has none; in memory for a minute at most. */
  of(workspaceId: string): Promise<DataKey>
  /** A keyed hash that only this workspace can repeat: equal texts are recognised, none can be guessed from it. */
  digest(workspaceId: string, purpose: string, text: string): Promise<Uint8Array>
  /** Lets go of every key in memory; the next use unwraps its own again. */
  forget(): void
}

export const createDataKeys = (parts: {
  store: Store
  keyring: Keyring
  now: () => number
  createId: () => string
  randomBytes: (size: number) => Uint8Array
}): DataKeys => {
  const { store, keyring, now, createId, randomBytes } = parts
  const opened = new Map<string, Promise<DataKey>>()

  const makeRow = async (workspaceId: string): Promise<DataKeyRow> => {
    const id = createId()
    // Another process may have begun to use a newer key meanwhile.
    await keyring.reload()
    const made = await keyring.wrap(randomBytes(32), placeOfDataKey({ id, workspaceId }))
    return { id, workspaceId, ...made, createdAt: timestamp(now()) }
  }

  const open = async (workspaceId: string): Promise<DataKey> => {
    const find = () => store.inWorkspace(workspaceId, findDataKey)
    const row = (await find()) ?? (await insertOrFind(await makeRow(workspaceId), find))
    const key = await keyring.unwrap(row, placeOfDataKey(row))
    if (key === null) throw new AssayError('vault.unreadable', { id: row.id })
    return { id: row.id, key }
  }

  const of = (workspaceId: string): Promise<DataKey> => {
    const known = opened.get(workspaceId)
    if (known) return known
    const opening = open(workspaceId)
    opened.set(workspaceId, opening)
    setTimeout(() => opened.delete(workspaceId), MINUTE_MS).unref()
    opening.catch(() => opened.delete(workspaceId)) // the next call tries again; this one's caller sees the error
    return opening
  }

  /** Two may make the first key at once; one insert wins and both use it. */
  const insertOrFind = async (row: DataKeyRow, find: () => Promise<DataKeyRow | null>): Promise<DataKeyRow> => {
    try {
      await store.inWorkspace(row.workspaceId, (scope) => insertDataKey(scope, row))
      return row
    } catch (error) {
      const winner = await find()
      if (winner === null) throw error
      return winner
    }
  }

  return {
    of,
    forget: () => opened.clear(),
    digest: async (workspaceId, purpose, text) => {
      const { key } = await of(workspaceId)
      const ownKey = createHmac('sha256', key).update(`assay ${purpose}`).digest()
      return createHmac('sha256', ownKey).update(text).digest()
    },
  }
}

/** Where a wrapped data key belongs; the key that wraps it adds its own id. */
export const placeOfDataKey = ({ id, workspaceId }: Pick<DataKeyRow, 'id' | 'workspaceId'>): Place => ({
  workspaceId,
  table: 'data_keys',
  rowId: id,
  column: 'wrapped',
  provider: '',
  origin: '',
  keyId: '',
})
