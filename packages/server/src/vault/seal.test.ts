import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { seal, unseal, type Place } from './seal.ts'

const key = randomBytes(32)
const place: Place = {
  workspaceId: 'workspace-1',
  table: 'credentials',
  rowId: 'row-1',
  column: 'sealed',
  provider: 'openai',
  origin: 'https://api.openai.com',
  keyId: 'key-1',
}

test('what was sealed for a place opens there', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2_000 }), (plain) => {
      const sealed = seal(plain, { key, place, randomBytes })
      expect(unseal(sealed, { key, place })).toEqual(Buffer.from(plain))
    }),
  )
})

test.each(Object.keys(place) as (keyof Place)[])('moved to another %s it does not open', (part) => {
  const sealed = seal(Buffer.from('secret'), { key, place, randomBytes })
  expect(unseal(sealed, { key, place: { ...place, [part]: `${place[part]}x` } })).toBeNull()
})

test('parts of a place cannot run over into each other', () => {
  const sealed = seal(Buffer.from('secret'), { key, place: { ...place, rowId: 'a', column: 'bc' }, randomBytes })
  expect(unseal(sealed, { key, place: { ...place, rowId: 'ab', column: 'c' } })).toBeNull()
})

test('of 10,000 flipped bits, in texts of any length, none is accepted', () => {
  let accepted = 0
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(), (plain, at) => {
      const sealed = seal(plain, { key, place, randomBytes })
      const bit = at % (sealed.length * 8)
      sealed[bit >> 3]! ^= 1 << (bit & 7)
      if (unseal(sealed, { key, place }) !== null) accepted++
    }),
    { numRuns: 10_000 },
  )
  expect(accepted).toBe(0)
})

test('no single flipped bit is accepted, and no cut', () => {
  const sealed = seal(Buffer.from('a secret of some length'), { key, place, randomBytes })
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const flipped = Uint8Array.from(sealed)
    flipped[bit >> 3]! ^= 1 << (bit & 7)
    expect(unseal(flipped, { key, place })).toBeNull()
  }
  for (let length = 0; length < sealed.length; length++) {
    expect(unseal(sealed.subarray(0, length), { key, place })).toBeNull()
  }
})

test('another key opens nothing, and equal texts do not look alike', () => {
  const [one, two] = [0, 1].map(() => seal(Buffer.from('secret'), { key, place, randomBytes }))
  expect(unseal(one!, { key: randomBytes(32), place })).toBeNull()
  expect(Buffer.from(one!).equals(two!)).toBe(false)
})
