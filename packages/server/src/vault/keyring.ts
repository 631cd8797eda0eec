import { AssayError, type Config } from '@assay/core'
import { commandKey } from './key-command.ts'
import { makeMasterKey, readMasterKeys, type KeySource, type MasterKey, type Wrapped } from './master-key.ts'
import type { Place } from './seal.ts'

/** Every master key this process has: the first wraps, all unwrap what they wrapped. */
export type Keyring = {
  sources(): readonly KeySource[]
  current(): MasterKey
  /** The key that wrapped something; null when this process does not have it. */
  keyOf(kekId: string): MasterKey | null
  wrap(plain: Uint8Array, place: Place): Promise<Wrapped>
  /** Null when no key at hand opens it there. */
  unwrap(wrapped: Wrapped, place: Place): Promise<Buffer | null>
  /** Reads the files again: another process may have put a new key into one. */
  reload(): Promise<void>
}

/**
 * Gathers the master keys in their order: the command, the file that is named, the variable, the file beside the data.
 * One is made on the very first start, and never while something sealed exists, since it could not open it.
 */
export const openKeyring = async (options: {
  config: Config
  hasSealed: boolean
  randomBytes: (size: number) => Uint8Array
}): Promise<Keyring> => {
  const { config, hasSealed, randomBytes } = options
  const command = config.ASSAY_MASTER_KEY_COMMAND ? commandKey(config.ASSAY_MASTER_KEY_COMMAND) : null
  const read = async (): Promise<KeySource[]> => {
    const local = await readMasterKeys(config, randomBytes)
    return command ? [{ source: command.source, path: null, keys: [command] }, ...local] : local
  }
  let sources = await read()
  if (sources.length === 0) {
    if (hasSealed) throw new AssayError('vault.master_key_missing', { path: `${config.ASSAY_DATA}/master.key` })
    sources = [await makeMasterKey(config, randomBytes)]
  }
  const keys = (): MasterKey[] => sources.flatMap((source) => source.keys)
  const keyOf = (kekId: string): MasterKey | null => keys().find((key) => key.made(kekId)) ?? null
  const reload = async (): Promise<void> => {
    const found = await read()
    if (found.length > 0) sources = found
  }
  return {
    sources: () => sources,
    current: () => keys()[0]!,
    keyOf,
    reload,
    wrap: (plain, place) => keys()[0]!.wrap(plain, place),
    unwrap: async (wrapped, place) => {
      if (keyOf(wrapped.kekId) === null) await reload()
      return (await keyOf(wrapped.kekId)?.unwrap(wrapped, place)) ?? null
    },
  }
}
