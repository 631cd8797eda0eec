import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatUsd, formatUsdDecimal } from './money.ts'

test('a price with fractions of a cent is written out without an exponent', () => {
  expect(formatUsdDecimal(54_399_000)).toBe('0.054399')
  expect(formatUsdDecimal(1)).toBe('0.000000001')
  expect(formatUsdDecimal(-1_500_000_000)).toBe('-1.5')
})

test('the decimal gives the very integer back, whatever the amount', () => {
  fc.assert(
    fc.property(fc.integer({ min: -9_000_000_000_000, max: 9_000_000_000_000 }), (amount) => {
      const [whole = '0', fraction = ''] = formatUsdDecimal(Math.abs(amount)).split('.')
      expect(Number(whole) * 1_000_000_000 + Number(fraction.padEnd(9, '0'))).toBe(Math.abs(amount))
    }),
  )
})

test.each([
  [null, '—'],
  [0, '$0.00'],
  [12_345_678_900, '$12.35'],
  [54_399_000, '$0.05'],
  [123_456, '$0.0001235'],
  [-123_456, '-$0.0001235'],
])('%s nano-USD reads %s', (amount, text) => {
  expect(formatUsd(amount)).toBe(text)
})
