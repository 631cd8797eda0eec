import { AssayError } from '@assay/core'
import { countDataKeys, readKeyCheck, writeKeyCheck, type KeyCheck, type Store } from '@assay/store'
import type { Keyring } from './keyring.ts'
import type { Place } from './seal.ts'

const KNOWN = Buffer.from('assay key check')

/**
 * Compares the master keys with those the data were stored under, by a value sealed on the first start and by the
 * names the data keys carry. A wrong key stops the start, before anything is sealed that the right one could not open.
 */
export const checkMasterKeys = async (store: Store, keyring: Keyring): Promise<void> => {
  const { stored, used } = await store.inSystem(async (system) => ({
    stored: await readKeyCheck(system),
    used: await countDataKeys(system),
  }))
  const isKnown = stored !== null && (await opens(keyring, stored))
  const missing = used.filter(({ kekId }) => keyring.keyOf(kekId) === null)
  if ((stored !== null && !isKnown && used.length > 0) || missing.length > 0) {
    const source = keyring
      .sources()
      .map((from) => from.source)
      .join(' and ')
    throw new AssayError('vault.master_key_wrong', { source })
  }
  if (!isKnown) await sealKeyCheck(store, keyring)
}

/** Seals the known value under the current key, which later starts then need. */
export const sealKeyCheck = async (store: Store, keyring: Keyring): Promise<void> => {
  const { kekId, wrapped } = await keyring.wrap(KNOWN, place)
  await store.inSystem((system) => writeKeyCheck(system, { kekId, value: wrapped }))
}

/** A value from before keys had names may be of any key at hand. */
const opens = async (keyring: Keyring, { value, kekId }: KeyCheck): Promise<boolean> => {
  if (kekId !== null) return (await keyring.unwrap({ kekId, wrapped: value }, place))?.equals(KNOWN) ?? false
  const opened = await Promise.all(
    keyring
      .sources()
      .flatMap(({ keys }) => keys)
      .map((key) => key.unwrap({ kekId: '', wrapped: value }, place).catch(() => null)),
  )
  return opened.some((plain) => plain?.equals(KNOWN))
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
