import { AssayError, Secret, type Config } from '@assay/core'
import { countCiphertexts, type CredentialRow, type Store } from '@assay/store'
import { createDataKeys } from './data-keys.ts'
import { checkMasterKey } from './key-check.ts'
import { readMasterKey } from './master-key.ts'
import { seal, unseal, type Place } from './seal.ts'

/** Which row and destination a credential's secret is sealed for. */
type SealedFor = Pick<CredentialRow, 'id' | 'provider' | 'origin'> & { workspaceId: string }

/** Seals and opens the secrets of workspaces; what it opens leaves only as a `Secret`. */
export type Vault = {
  seal(secret: Secret, place: SealedFor): Promise<{ sealed: Uint8Array; dataKeyId: string }>
  open(row: SealedFor & Pick<CredentialRow, 'sealed' | 'dataKeyId'>): Promise<Secret>
  /** A hash of a text that only this workspace can repeat. */
  digest(workspaceId: string, purpose: string, text: string): Promise<Uint8Array>
}

/** Finds the master key, compares it with the data, and opens the vault. */
export const openVault = async (parts: {
  config: Config
  store: Store
  now: () => number
  createId: () => string
  randomBytes: (size: number) => Uint8Array
}): Promise<Vault> => {
  const { config, store, randomBytes } = parts
  const hasSealed = (await store.inSystem(countCiphertexts)) > 0
  const masterKey = await readMasterKey({ config, hasSealed, randomBytes })
  await checkMasterKey(store, { masterKey, hasSealed, randomBytes })
  const dataKeys = createDataKeys({ ...parts, masterKey })
  return {
    digest: (workspaceId, purpose, text) => dataKeys.digest(workspaceId, purpose, text),
    seal: async (secret, target) => {
      const { id, key } = await dataKeys.of(target.workspaceId)
      const plain = Buffer.from(secret.open())
      return { sealed: seal(plain, { key, place: placeOf(target, id), randomBytes }), dataKeyId: id }
    },
    open: async (row) => {
      const { id, key } = await dataKeys.of(row.workspaceId)
      const plain = id === row.dataKeyId ? unseal(row.sealed, { key, place: placeOf(row, id) }) : null
      if (plain === null) throw new AssayError('vault.unreadable', { id: row.id })
      return new Secret(plain.toString())
    },
  }
}

const placeOf = ({ workspaceId, id, provider, origin }: SealedFor, keyId: string): Place => ({
  workspaceId,
  table: 'credentials',
  rowId: id,
  column: 'sealed',
  provider,
  origin,
  keyId,
})
