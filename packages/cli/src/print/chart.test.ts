import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bar, confidenceChart, sparkline } from './chart.ts'
import { widthOf } from './width.ts'

test('a sparkline has one column for each value and a gap for each missing one', () => {
  expect(sparkline([0, 1, null, 4, 8])).toBe('▁▂ ▅█')
  expect(sparkline([])).toBe('')
  fc.assert(
    fc.property(fc.array(fc.nat(1_000), { minLength: 1 }), (values) => {
      expect(widthOf(sparkline(values))).toBe(values.length)
    }),
  )
})

test('a bar is always as wide as it was asked to be', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true }), fc.nat(60), (share, width) => {
      expect(widthOf(bar(share, width))).toBe(width)
    }),
  )
})

test('each confidence stands in the row of its band', () => {
  expect(confidenceChart([75, 80, 85, 0, 100])).toEqual([' 80 ┤ ▁▂ █', ' 60 ┤▇', ' 40 ┤', '  0 ┤   ▁'])
})
