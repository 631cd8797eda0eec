import { createCipheriv, createDecipheriv } from 'node:crypto'

const VERSION = 1
const IV_BYTES = 12
const TAG_BYTES = 16

/** Where a sealed text belongs. Each part goes into the seal: moved anywhere else, it does not open. */
export type Place = {
  workspaceId: string
  table: string
  rowId: string
  column: string
  provider: string
  origin: string
  keyId: string
}

/** Encrypts with AES-256-GCM: version byte, 12 random bytes, ciphertext, 16-byte tag. */
export const seal = (
  plain: Uint8Array,
  { key, place, randomBytes }: { key: Uint8Array; place: Place; randomBytes: (size: number) => Uint8Array },
): Uint8Array => {
  const iv = randomBytes(IV_BYTES)
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(boundTo(place))
  return Buffer.concat([Uint8Array.of(VERSION), iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}

/** Decrypts what `seal` made for this very place; null when the key, the place or one bit differs. */
export const unseal = (sealed: Uint8Array, { key, place }: { key: Uint8Array; place: Place }): Buffer | null => {
  if (sealed.length < 1 + IV_BYTES + TAG_BYTES || sealed[0] !== VERSION) return null
  const tagStart = sealed.length - TAG_BYTES
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(1, 1 + IV_BYTES), { authTagLength: TAG_BYTES })
  decipher.setAAD(boundTo(place)).setAuthTag(sealed.subarray(tagStart))
  try {
    return Buffer.concat([decipher.update(sealed.subarray(1 + IV_BYTES, tagStart)), decipher.final()])
  } catch {
    return null // the only thing the tag says is that something differs
  }
}

/** The additional data: an array in JSON, so that no part can run over into its neighbour. */
const boundTo = ({ workspaceId, table, rowId, column, provider, origin, keyId }: Place): Uint8Array =>
  Buffer.from(JSON.stringify([VERSION, workspaceId, table, rowId, column, provider, origin, keyId]))
