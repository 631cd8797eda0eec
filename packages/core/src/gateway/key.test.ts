import { createHash, randomBytes } from 'node:crypto'
import { crc32 as zlibCrc32 } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { crc32, isGatewayKey, mintGatewayKey } from './key.ts'

const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 })
const keyOf = (seed: Uint8Array) => mintGatewayKey(() => seed).key

test('every minted key is accepted, and shows only its ends', () => {
  fc.assert(
    fc.property(bytes, (seed) => {
      const { key, prefix, last4 } = mintGatewayKey(() => seed)
      expect(key).toMatch(/^as_live_[0-9A-Za-z]{49}$/)
      expect(isGatewayKey(key)).toBe(true)
      expect(key.startsWith(prefix) && key.endsWith(last4)).toBe(true)
      expect(prefix.length + last4.length).toBeLessThan(20)
    }),
  )
})

test('one changed character is refused', () => {
  const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'.split('')
  fc.assert(
    fc.property(bytes, fc.integer({ min: 8, max: 56 }), fc.constantFrom(...alphabet), (seed, at, character) => {
      const key = keyOf(seed)
      fc.pre(key[at] !== character)
      expect(isGatewayKey(key.slice(0, at) + character + key.slice(at + 1))).toBe(false)
    }),
  )
})

test('different bytes give different keys', () => {
  fc.assert(
    fc.property(bytes, bytes, (a, b) => {
      expect(keyOf(a) === keyOf(b)).toBe(Buffer.from(a).equals(Buffer.from(b)))
    }),
  )
})

test('a stored hash is not a key', () => {
  expect(isGatewayKey(createHash('sha256').update(mintGatewayKey(randomBytes).key).digest('hex'))).toBe(false)
  expect(isGatewayKey('')).toBe(false)
})

test('the checksum is the CRC-32 that zlib computes', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[ -~]*$/), (text) => {
      expect(crc32(text)).toBe(zlibCrc32(text))
    }),
  )
})
