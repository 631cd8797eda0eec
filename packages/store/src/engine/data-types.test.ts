import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseInteger, parseTimestamp } from './data-types.ts'

test('whole numbers are exact or refused', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
      const isSafe = value <= BigInt(Number.MAX_SAFE_INTEGER) && value >= BigInt(Number.MIN_SAFE_INTEGER)
      if (isSafe) expect(BigInt(parseInteger(String(value)))).toBe(value)
      else expect(() => parseInteger(String(value))).toThrow(RangeError)
    }),
  )
})

test.each([
  ['2026-11-21 12:00:00+00', '2026-11-21T12:00:00.000Z'],
  ['2026-11-21 12:00:00.5+00', '2026-11-21T12:00:00.500Z'],
  ['2026-11-21 12:00:00.123456+00', '2026-11-21T12:00:00.123Z'],
  ['2026-11-21 14:00:00.1+02', '2026-11-21T12:00:00.100Z'],
  ['2026-11-21 17:30:00+05:30', '2026-11-21T12:00:00.000Z'],
  ['infinity', 'infinity'],
])('the moment %s is %s', (text, iso) => {
  expect(parseTimestamp(text)).toBe(iso)
})
