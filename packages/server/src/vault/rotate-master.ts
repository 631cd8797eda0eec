import { AssayError, type MasterKeyState } from '@assay/core'
import { countDataKeys, listDataKeysOfOthers, rewrapDataKey, type DataKeyRow, type Store } from '@assay/store'
import { placeOfDataKey } from './data-keys.ts'
import { sealKeyCheck } from './key-check.ts'
import type { Keyring } from './keyring.ts'
import { addMasterKey, dropMasterKey } from './master-key.ts'

type Parts = { store: Store; keyring: Keyring; randomBytes: (size: number) => Uint8Array }

/** Master keys as the operator sees and changes them. */
export type MasterKeys = {
  states(): Promise<MasterKeyState[]>
  /** Wraps every data key with a new master key; answers how many were. */
  rotate(): Promise<number>
  /** Takes a key that opens nothing any more out of its file. */
  forget(keyId: string): Promise<void>
}

const AT_ONCE = 100

export const createMasterKeys = ({ store, keyring, randomBytes }: Parts): MasterKeys => {
  const states = async (): Promise<MasterKeyState[]> => {
    await keyring.reload()
    const used = await store.inSystem(countDataKeys)
    const currentId = await currentIdOf(keyring)
    const ids = new Set([currentId, ...idsOf(keyring), ...used.map(({ kekId }) => kekId)])
    return [...ids].map((id) => ({
      id,
      source: keyring.keyOf(id)?.source ?? null,
      isCurrent: id === currentId,
      dataKeys: used.find(({ kekId }) => kekId === id)?.dataKeys ?? 0,
    }))
  }

  return {
    states,
    rotate: async () => {
      await bringNewKey({ store, keyring, randomBytes })
      const rewrapped = await rewrapAll({ store, keyring })
      await sealKeyCheck(store, keyring)
      return rewrapped
    },
    forget: async (keyId) => {
      const known = (await states()).find(({ id }) => id === keyId)
      if (!known) throw new AssayError('resource.not_found', { what: 'master key', id: keyId })
      const { dataKeys, isCurrent } = known
      if (dataKeys > 0 || isCurrent) throw new AssayError('vault.master_key_needed', { keyId, dataKeys })
      const holder = keyring.sources().find(({ keys }) => keys.some(({ id }) => id === keyId))
      if (!holder?.path) throw new AssayError('vault.master_key_fixed', { source: known.source ?? keyId })
      await dropMasterKey(holder.path, keyId, randomBytes).catch(asFixed(holder.path))
      await keyring.reload()
    },
  }
}

/**
 * A key file gets a new key before its others. A variable cannot be written from here, so its new key has to stand in
 * it already; a command has its own idea of which key is the newest.
 */
const bringNewKey = async ({ store, keyring, randomBytes }: Parts): Promise<void> => {
  await keyring.reload()
  const [first] = keyring.sources()
  const used = await store.inSystem(countDataKeys)
  const current = keyring.current()
  if (first?.path) {
    // A rotation that broke off has brought its key already.
    if (used.some(({ kekId }) => !current.made(kekId))) return
    await addMasterKey(first.path, randomBytes).catch(asFixed(first.path))
    await keyring.reload()
  } else if (current.source === 'ASSAY_MASTER_KEY' && used.every(({ kekId }) => kekId === current.id)) {
    throw new AssayError('vault.master_key_fixed', { source: current.source })
  }
}

/** Each data key in a transaction of its own, which never waits for a key service; readers find the old or the new. */
const rewrapAll = async ({ store, keyring }: Pick<Parts, 'store' | 'keyring'>): Promise<number> => {
  const kekId = await currentIdOf(keyring)
  let rewrapped = 0
  let after: string | null = null
  for (;;) {
    const rows: DataKeyRow[] = await store.inSystem((system) =>
      listDataKeysOfOthers(system, { kekId, after, limit: AT_ONCE }),
    )
    for (const row of rows) if (await rewrap({ store, keyring }, row)) rewrapped++
    const last: DataKeyRow | undefined = rows.at(-1)
    if (last === undefined) return rewrapped
    after = last.id
  }
}

const rewrap = async ({ store, keyring }: Pick<Parts, 'store' | 'keyring'>, row: DataKeyRow): Promise<boolean> => {
  const place = placeOfDataKey(row)
  const plain = await keyring.unwrap(row, place)
  if (plain === null) throw new AssayError('vault.unreadable', { id: row.id })
  const made = await keyring.wrap(plain, place)
  // What cannot be opened again must not replace what can.
  if (!(await keyring.unwrap(made, place))?.equals(plain)) throw new AssayError('vault.unreadable', { id: row.id })
  return store.inWorkspace(row.workspaceId, (scope) => rewrapDataKey(scope, { id: row.id, from: row.kekId, ...made }))
}

/** A command says by wrapping something which of its keys is the current one. */
const currentIdOf = async (keyring: Keyring): Promise<string> => {
  const current = keyring.current()
  if (!current.id.endsWith('*')) return current.id
  return (await current.wrap(Buffer.from('assay'), placeOfDataKey({ id: '', workspaceId: '' }))).kekId
}

const idsOf = (keyring: Keyring): string[] =>
  keyring
    .sources()
    .flatMap(({ keys }) => keys)
    .map(({ id }) => id)
    .filter((id) => !id.endsWith('*'))

const asFixed =
  (path: string) =>
  (cause: unknown): never => {
    throw new AssayError('vault.master_key_fixed', { source: path }, { cause })
  }
