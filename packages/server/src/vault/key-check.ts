import { AssayError } from '@assay/core'
import { readKeyCheck, writeKeyCheck, type Store } from '@assay/store'
import type { MasterKey } from './master-key.ts'
import { seal, unseal, type Place } from './seal.ts'

const KNOWN = Buffer.from('assay key check')

/**
 * Compares the master key with the one the data were stored under, by a value sealed on the first start. A wrong key
 * stops the start, before anything is sealed that the right one could not open.
 */
export const checkMasterKey = async (
  store: Store,
  options: { masterKey: MasterKey; hasSealed: boolean; randomBytes: (size: number) => Uint8Array },
): Promise<void> => {
  const { masterKey, hasSealed, randomBytes } = options
  await store.inSystem(async (system) => {
    const stored = await readKeyCheck(system)
    if (stored !== null && unseal(stored, { key: masterKey.key, place })?.equals(KNOWN)) return
    if (stored !== null && hasSealed) throw new AssayError('vault.master_key_wrong', { source: masterKey.source })
    await writeKeyCheck(system, seal(KNOWN, { key: masterKey.key, place, randomBytes }))
  })
}

const place: Place = {
  workspaceId: '',
  table: 'key_check',
  rowId: '',
  column: 'value',
  provider: '',
  origin: '',
  keyId: '',
}
