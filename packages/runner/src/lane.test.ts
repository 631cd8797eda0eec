import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createLane } from './lane.ts'

test('a lane stays between one and its ceiling, whatever happens', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), fc.array(fc.boolean(), { maxLength: 500 }), (ceiling, answers) => {
      let clock = 0
      const lane = createLane({ ceiling, now: () => clock })
      for (const isGood of answers) {
        clock++
        if (isGood) lane.onSuccess()
        else lane.onOverload({ startedAtMs: clock, retryAfterMs: null })
        expect(lane.limit).toBeGreaterThanOrEqual(1)
        expect(lane.limit).toBeLessThanOrEqual(ceiling)
      }
    }),
  )
})

test('it starts with four, grows by one for each window, and halves once for calls that began together', () => {
  let clock = 10
  const lane = createLane({ ceiling: 50, now: () => clock })
  for (let index = 0; index < 4 + 5 + 6 + 7; index++) lane.onSuccess()
  expect(lane.limit).toBe(8)
  for (let index = 0; index < 8; index++) lane.onOverload({ startedAtMs: 5, retryAfterMs: 2_000 })
  expect(lane.limit).toBe(4)
  expect(lane.closedUntilMs).toBe(2_010)
  clock = 20
  lane.onOverload({ startedAtMs: 15, retryAfterMs: null })
  expect(lane.limit).toBe(2)
})
