import { AssayError, Secret, type Config } from '@assay/core'
import { countCiphertexts, type CredentialRow, type Store } from '@assay/store'
import { createDataKeys } from './data-keys.ts'
import { checkMasterKeys } from './key-check.ts'
import { openKeyring } from './keyring.ts'
import { createMasterKeys, type MasterKeys } from './rotate-master.ts'
import { seal, unseal, type Place } from './seal.ts'

/** Which row and destination a secret is sealed for; of a credential, where no table is named. */
export type SealedFor = Pick<CredentialRow, 'id' | 'origin'> & {
  provider: string
  workspaceId: string
  table?: 'alert_channels'
}

/** In which column: the secret before the last rotation lies apart. */
type Column = 'sealed' | 'previous_sealed'

/** Seals and opens the secrets of workspaces; what it opens leaves only as a `Secret`. */
export type Vault = {
  seal(secret: Secret, place: SealedFor, column?: Column): Promise<{ sealed: Uint8Array; dataKeyId: string }>
  open(row: SealedFor & Pick<CredentialRow, 'sealed' | 'dataKeyId'>, column?: Column): Promise<Secret>
  /** A hash of a text that only this workspace can repeat. */
  digest(workspaceId: string, purpose: string, text: string): Promise<Uint8Array>
  /** Lets go of every data key in memory; the next use unwraps its own again. */
  lock(): void
  masterKeys: MasterKeys
}

/** Finds the master keys, compares them with the data, and opens the vault. */
export const openVault = async (parts: {
  config: Config
  store: Store
  now: () => number
  createId: () => string
  randomBytes: (size: number) => Uint8Array
}): Promise<Vault> => {
  const { config, store, randomBytes } = parts
  const hasSealed = (await store.inSystem(countCiphertexts)) > 0
  const keyring = await openKeyring({ config, hasSealed, randomBytes })
  await checkMasterKeys(store, keyring)
  const dataKeys = createDataKeys({ ...parts, keyring })
  return {
    masterKeys: createMasterKeys({ store, keyring, randomBytes }),
    lock: () => dataKeys.forget(),
    digest: (workspaceId, purpose, text) => dataKeys.digest(workspaceId, purpose, text),
    seal: async (secret, target, column = 'sealed') => {
      const { id, key } = await dataKeys.of(target.workspaceId)
      const plain = Buffer.from(secret.open())
      return { sealed: seal(plain, { key, place: placeOf(target, column, id), randomBytes }), dataKeyId: id }
    },
    open: async (row, column = 'sealed') => {
      const { id, key } = await dataKeys.of(row.workspaceId)
      const plain = id === row.dataKeyId ? unseal(row.sealed, { key, place: placeOf(row, column, id) }) : null
      if (plain === null) throw new AssayError('vault.unreadable', { id: row.id })
      return new Secret(plain.toString())
    },
  }
}

const placeOf = ({ workspaceId, id, provider, origin, table }: SealedFor, column: Column, keyId: string): Place => ({
  workspaceId,
  table: table ?? 'credentials',
  rowId: id,
  column,
  provider,
  origin,
  keyId,
})
