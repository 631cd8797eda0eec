import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type DayWindow, dayWindows } from './day-windows.ts'

const day = (number: number): string => new Date(Date.UTC(2026, 0, 1 + number)).toISOString().slice(0, 10)
const partition = (number: number): string => `requests_${day(number).replaceAll('-', '')}`

const all = (known: number[], range: Parameters<typeof dayWindows>[1] = {}): DayWindow[] => {
  const next = dayWindows({ known: new Set(known.map(partition)), made: new Set(['failures_20200101']) }, range)
  const windows: DayWindow[] = []
  for (let window = next(0); window !== null; window = next(0)) windows.push(window)
  return windows
}

test('every day lies in exactly one window, whatever is known of the days there are', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(300)), fc.integer({ min: -50, max: 400 }), (known, asked) => {
      const holding = all(known).filter(
        ({ from, to }) => (from === null || from <= day(asked)) && (to === null || day(asked) <= to),
      )
      expect(holding).toHaveLength(1)
    }),
  )
})

test('ninety days take a handful of looks, the newest day first', () => {
  const windows = all(Array.from({ length: 90 }, (_, number) => number))
  expect(windows[0]).toEqual({ from: day(89), to: null })
  expect(windows[1]).toEqual({ from: day(87), to: day(88) })
  expect(windows.at(-1)!.from).toBeNull()
  expect(windows.length).toBeLessThan(9)
})

test('a range is not looked for outside of itself', () => {
  const known = Array.from({ length: 90 }, (_, number) => number)
  const windows = all(known, { newest: `${day(40)}T12:00:00.000Z`, oldest: `${day(40)}T01:00:00.000Z` })
  expect(windows).toEqual([{ from: null, to: day(40) }])
  expect(all([])).toEqual([{ from: null, to: null }])
})
