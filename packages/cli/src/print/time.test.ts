import { expect, test } from 'vitest'
import { duration, relativeTime } from './time.ts'

const now = Date.parse('2026-11-21T12:00:00Z')

test.each([
  ['2026-11-21T12:00:00Z', 'now'],
  ['2026-11-21T11:59:30Z', '30 s ago'],
  ['2026-11-21T11:00:00Z', '1 h ago'],
  ['2026-11-20T11:00:00Z', '25 h ago'],
  ['2026-11-11T12:00:00Z', '10 d ago'],
  ['2026-11-21T12:05:00Z', 'in 5 min'],
  [null, '—'],
])('%s is %s', (moment, text) => {
  expect(relativeTime(moment, now)).toBe(text)
})

test.each([
  [12.4, '12 ms'],
  [3_400, '3.4 s'],
  [125_000, '2 min 5 s'],
])('%d ms are %s', (milliseconds, text) => {
  expect(duration(milliseconds)).toBe(text)
})
