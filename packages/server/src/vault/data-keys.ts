import { createHmac } from 'node:crypto'
import { AssayError, MINUTE_MS, timestamp } from '@assay/core'
import { findDataKey, insertDataKey, type DataKeyRow, type Store } from '@assay/store'
import type { MasterKey } from './master-key.ts'
import { seal, unseal, type Place } from './seal.ts'

/** A workspace's own key, in the clear: what its secrets are sealed with. */
type DataKey = { id: string; key: Uint8Array }

export type DataKeys = {
  /** The workspace's key, made when it has none; in memory for a minute at most. */
  of(workspaceId: string): Promise<DataKey>
  /** A keyed hash that only this workspace can repeat: equal texts are recognised, none can be guessed from it. */
  digest(workspaceId: string, purpose: string, text: string): Promise<Uint8Array>
}

export const createDataKeys = (parts: {
  store: Store
  masterKey: MasterKey
  now: () => number
  createId: () => string
  randomBytes: (size: number) => Uint8Array
}): DataKeys => {
  const { store, masterKey, now, createId, randomBytes } = parts
  const opened = new Map<string, DataKey>()

  const keep = (workspaceId: string, dataKey: DataKey): DataKey => {
    opened.set(workspaceId, dataKey)
    setTimeout(() => opened.delete(workspaceId), MINUTE_MS).unref()
    return dataKey
  }

  const makeRow = (workspaceId: string): DataKeyRow => {
    const id = createId()
    const place = placeOf({ id, workspaceId, kekId: masterKey.id })
    const wrapped = seal(randomBytes(32), { key: masterKey.key, place, randomBytes })
    return { id, workspaceId, kekId: masterKey.id, wrapped, createdAt: timestamp(now()) }
  }

  const of = async (workspaceId: string): Promise<DataKey> => {
    const known = opened.get(workspaceId)
    if (known) return known
    const find = () => store.inWorkspace(workspaceId, findDataKey)
    const row = (await find()) ?? (await insertOrFind(makeRow(workspaceId), find))
    const key = unseal(row.wrapped, { key: masterKey.key, place: placeOf(row) })
    if (key === null) throw new AssayError('vault.unreadable', { id: row.id })
    return keep(workspaceId, { id: row.id, key })
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
    digest: async (workspaceId, purpose, text) => {
      const { key } = await of(workspaceId)
      const ownKey = createHmac('sha256', key).update(`assay ${purpose}`).digest()
      return createHmac('sha256', ownKey).update(text).digest()
    },
  }
}

const placeOf = ({ id, workspaceId, kekId }: Pick<DataKeyRow, 'id' | 'workspaceId' | 'kekId'>): Place => ({
  workspaceId,
  table: 'data_keys',
  rowId: id,
  column: 'wrapped',
  provider: '',
  origin: '',
  keyId: kekId,
})
