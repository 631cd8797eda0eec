/** The SHA-256 of a text in UTF-8 as 64 hex characters. FIPS 180-4; ours because the core knows no platform. */
export const sha256 = (text: string): string => {
  const bytes = padded(text)
  const hash = Int32Array.from(initial)
  for (let offset = 0; offset < bytes.length; offset += 64) compress(hash, bytes, offset)
  return Array.from(hash, (word) => (word >>> 0).toString(16).padStart(8, '0')).join('')
}

// Fractional parts of the square roots of the first 8 primes, and of the cube roots of the first 64. FIPS 180-4 §4.2.2.
const initial = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19]
const primes = firstPrimes(64)
const constants = Int32Array.from(primes, (prime) => fractionBits(prime))

const schedule = new Int32Array(64)

const compress = (hash: Int32Array, bytes: Uint8Array, offset: number): void => {
  for (let index = 0; index < 16; index++) {
    const at = offset + index * 4
    schedule[index] = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!
  }
  for (let index = 16; index < 64; index++) {
    const early = schedule[index - 15]!
    const late = schedule[index - 2]!
    const small0 = rotate(early, 7) ^ rotate(early, 18) ^ (early >>> 3)
    const small1 = rotate(late, 17) ^ rotate(late, 19) ^ (late >>> 10)
    schedule[index] = (schedule[index - 16]! + small0 + schedule[index - 7]! + small1) | 0
  }
  let a = hash[0]!
  let b = hash[1]!
  let c = hash[2]!
  let d = hash[3]!
  let e = hash[4]!
  let f = hash[5]!
  let g = hash[6]!
  let h = hash[7]!
  for (let index = 0; index < 64; index++) {
    const large1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
    const choice = (e & f) ^ (~e & g)
    const first = (h + large1 + choice + constants[index]! + schedule[index]!) | 0
    const large0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)
    const majority = (a & b) ^ (a & c) ^ (b & c)
    h = g
    g = f
    f = e
    e = (d + first) | 0
    d = c
    c = b
    b = a
    a = (first + large0 + majority) | 0
  }
  hash[0]! += a
  hash[1]! += b
  hash[2]! += c
  hash[3]! += d
  hash[4]! += e
  hash[5]! += f
  hash[6]! += g
  hash[7]! += h
}

const rotate = (word: number, bits: number): number => (word >>> bits) | (word << (32 - bits))

/** The message, a 1 bit, zeros, and its length in bits: a multiple of 64 bytes. */
const padded = (text: string): Uint8Array => {
  const bytes = new Uint8Array(text.length * 3 + 72)
  const length = encodeUtf8(text, bytes)
  bytes[length] = 0x80
  const end = Math.ceil((length + 9) / 64) * 64
  let bits = length * 8
  for (let at = end - 1; bits > 0; at--) {
    bytes[at] = bits % 256
    bits = Math.floor(bits / 256)
  }
  return bytes.subarray(0, end)
}

const encodeUtf8 = (text: string, bytes: Uint8Array): number => {
  let at = 0
  for (let index = 0; index < text.length; index++) {
    let code = text.charCodeAt(index)
    if (code < 0x80) {
      bytes[at++] = code
      continue
    }
    if (code >= 0xd800 && code <= 0xdfff) {
      const low = text.charCodeAt(index + 1)
      const pair = code < 0xdc00 && low >= 0xdc00 && low <= 0xdfff
      code = pair ? 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00) : 0xfffd
      if (pair) index++
    }
    if (code < 0x800) bytes[at++] = 0xc0 | (code >> 6)
    else {
      if (code < 0x10000) bytes[at++] = 0xe0 | (code >> 12)
      else {
        bytes[at++] = 0xf0 | (code >> 18)
        bytes[at++] = 0x80 | ((code >> 12) & 0x3f)
      }
      bytes[at++] = 0x80 | ((code >> 6) & 0x3f)
    }
    bytes[at++] = 0x80 | (code & 0x3f)
  }
  return at
}

function firstPrimes(count: number): number[] {
  const found: number[] = []
  for (let candidate = 2; found.length < count; candidate++) {
    if (found.every((prime) => candidate % prime !== 0)) found.push(candidate)
  }
  return found
}

/** The first 32 bits of the fractional part of a cube root, by integers because a double is three bits short. */
function fractionBits(prime: number): number {
  const cube = BigInt(prime) << 96n
  let root = 0n
  for (let bit = 36n; bit >= 0n; bit--) {
    const next = root | (1n << bit)
    if (next * next * next <= cube) root = next
  }
  return Number(root & 0xffffffffn)
}
