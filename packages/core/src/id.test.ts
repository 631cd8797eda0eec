import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createId, timeOfId } from './id.ts'

const idAt = (milliseconds: number) => createId({ now: () => milliseconds, randomBytes })

test('an id is a UUID of version 7, variant 10', () => {
  expect(idAt(1_790_000_000_000)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
})

test('ids sort by the time they were made, and give it back', () => {
  const time = fc.integer({ min: 0, max: 2 ** 48 - 1 })
  fc.assert(
    fc.property(time, time, (a, b) => {
      expect(timeOfId(idAt(a))).toBe(a)
      if (a !== b) expect(idAt(a) < idAt(b)).toBe(a < b)
    }),
  )
})
