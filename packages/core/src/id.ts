/** The two things of the outside world that an id is made of. */
export type IdSource = { now: () => number; randomBytes: (size: number) => Uint8Array }

/**
 * A UUID of version 7: 48 bits of Unix milliseconds, then chance, so that ids sort by the time they were made.
 * RFC 9562 §5.7. Ids come from the application, because PostgreSQL 15 has no `uuidv7()`.
 */
export const createId = ({ now, randomBytes }: IdSource): string => {
  const bytes = randomBytes(16)
  let milliseconds = now()
  for (let index = 5; index >= 0; index--) {
    bytes[index] = milliseconds % 256
    milliseconds = Math.floor(milliseconds / 256)
  }
  bytes[6] = (bytes[6]! & 0x0f) | 0x70
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  return (
    hex(bytes, 0, 4) +
    '-' +
    hex(bytes, 4, 6) +
    '-' +
    hex(bytes, 6, 8) +
    '-' +
    hex(bytes, 8, 10) +
    '-' +
    hex(bytes, 10, 16)
  )
}

/** The time at which a version 7 id was made, in Unix milliseconds. */
export const timeOfId = (id: string): number => Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)

const byteTexts = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

const hex = (bytes: Uint8Array, from: number, to: number): string => {
  let text = ''
  for (let index = from; index < to; index++) text += byteTexts[bytes[index]!]!
  return text
}
