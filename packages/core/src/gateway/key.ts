/** How every gateway key begins. */
export const GATEWAY_KEY_PREFIX = 'as_live_'

const BODY_LENGTH = 43
const CHECKSUM_LENGTH = 6
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const shape = new RegExp(`^${GATEWAY_KEY_PREFIX}[0-9A-Za-z]{${BODY_LENGTH + CHECKSUM_LENGTH}}$`)

/** A gateway key as it is shown once, with the parts of it that may be shown again. */
export type FreshGatewayKey = { key: string; prefix: string; last4: string }

/** Makes a gateway key: 32 random bytes in base 62, and a CRC-32 of them, so that a misspelt key costs no query. */
export const mintGatewayKey = (randomBytes: (size: number) => Uint8Array): FreshGatewayKey => {
  const body = base62(bigIntOf(randomBytes(32)), BODY_LENGTH)
  const key = GATEWAY_KEY_PREFIX + body + checksumOf(body)
  return { key, prefix: key.slice(0, GATEWAY_KEY_PREFIX.length + 4), last4: key.slice(-4) }
}

/** True when the text has the shape of a gateway key and its checksum fits. */
export const isGatewayKey = (text: string): boolean => {
  if (!shape.test(text)) return false
  const body = text.slice(GATEWAY_KEY_PREFIX.length, -CHECKSUM_LENGTH)
  return checksumOf(body) === text.slice(-CHECKSUM_LENGTH)
}

const checksumOf = (body: string): string => base62(BigInt(crc32(body)), CHECKSUM_LENGTH)

const bigIntOf = (bytes: Uint8Array): bigint => {
  let value = 0n
  for (const byte of bytes) value = (value << 8n) | BigInt(byte)
  return value
}

const base62 = (value: bigint, length: number): string => {
  let text = ''
  for (let rest = value; text.length < length; rest /= 62n) text = ALPHABET[Number(rest % 62n)]! + text
  return text
}

/** CRC-32 of IEEE 802.3, table by table row. */
const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
  return value
})

/** CRC-32 of a text of single-byte characters. */
export const crc32 = (text: string): number => {
  let crc = 0xffffffff
  for (let index = 0; index < text.length; index++) crc = table[(crc ^ text.charCodeAt(index)) & 0xff]! ^ (crc >>> 8)
  return (crc ^ 0xffffffff) >>> 0
}
