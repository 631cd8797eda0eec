import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatDuration, formatShare, formatShort } from './number.ts'

test('durations are written in the unit that a person would say', () => {
  expect([0.4, 7, 999.4, 1_000, 3_240, 59_900, 125_000].map(formatDuration)).toEqual([
    '< 1 ms',
    '7 ms',
    '999 ms',
    '1.0 s',
    '3.2 s',
    '59.9 s',
    '2 min 5 s',
  ])
})

test('no duration is written with sixty seconds in a minute or a thousand milliseconds', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 10_000_000, noNaN: true }), (milliseconds) => {
      expect(formatDuration(milliseconds)).not.toMatch(/\b60(\.0)? s|\b1000 ms/)
    }),
  )
})

test('small shares keep a digit that tells them from nothing', () => {
  expect([0, 0.0004, 0.034, 0.1, 0.995, 1].map(formatShare)).toEqual(['0%', '0.04%', '3.4%', '10%', '100%', '100%'])
})

test('what is not known is a dash, not a zero', () => {
  expect([formatDuration(null), formatShare(null), formatShort(null)]).toEqual(['—', '—', '—'])
})
