import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isStorableJson, storable } from './storable.ts'

const text = fc.string({ unit: 'binary' })

test('what the database could not store is replaced, everything else kept', () => {
  expect(storable({ a: ['x\0y', '\ud800'], b: 1 })).toEqual({ a: ['x\uFFFDy', '\uFFFD'], b: 1 })
})

test('a text that looks storable is, so that no walk is left out wrongly', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'binary' }), text, (value, key) => {
      const given = { [key]: value }
      const json = JSON.stringify(given)
      if (isStorableJson(json)) expect(JSON.stringify(storable(given))).toBe(json)
      expect(isStorableJson(JSON.stringify(storable({ plain: text })))).toBe(true)
    }),
  )
})
