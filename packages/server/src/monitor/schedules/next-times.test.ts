import { HOUR_MS } from '@assay/core'
import { Cron as Line } from 'croner'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nextTime, nextTimes } from './next-times.ts'

const times = (cron: string, timeZone: string, after: string, count = 3): string[] =>
  nextTimes({ cron, timeZone }, { after: Date.parse(after), count }).map((time) => time.replace(':00.000Z', 'Z'))

test('an hour that the clock skips is due once, at its end', () => {
  // Berlin goes from 02:00 to 03:00 at 01:00 UTC on 29 March 2026.
  expect(times('30 2 * * *', 'Europe/Berlin', '2026-03-28T12:00:00Z')).toEqual([
    '2026-03-29T01:00Z',
    '2026-03-30T00:30Z',
    '2026-03-31T00:30Z',
  ])
  expect(times('*/15 2 * * *', 'Europe/Berlin', '2026-03-28T12:00:00Z', 2)).toEqual([
    '2026-03-29T01:00Z',
    '2026-03-30T00:00Z',
  ])
  expect(times('0 * * * *', 'Europe/Berlin', '2026-03-28T23:30:00Z')).toEqual([
    '2026-03-29T00:00Z',
    '2026-03-29T01:00Z',
    '2026-03-29T02:00Z',
  ])
})

test('an hour that the clock repeats is due the first time only', () => {
  // Berlin goes from 03:00 back to 02:00 at 01:00 UTC on 25 October 2026.
  expect(times('30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00:00Z', 2)).toEqual([
    '2026-10-25T00:30Z',
    '2026-10-26T01:30Z',
  ])
  expect(times('*/20 * * * *', 'Europe/Berlin', '2026-10-25T00:30:00Z', 2)).toEqual([
    '2026-10-25T00:40Z',
    '2026-10-25T02:00Z',
  ])
  // Seen from within the second of the two hours.
  expect(times('30 2 * * *', 'Europe/Berlin', '2026-10-25T01:10:00Z', 1)).toEqual(['2026-10-26T01:30Z'])
})

test('zones that change by half an hour, at midnight or by a whole day', () => {
  // Lord Howe goes forward by half an hour, from 02:00 to 02:30.
  expect(times('15 2 * * *', 'Australia/Lord_Howe', '2026-10-03T12:00:00Z', 2)).toEqual([
    '2026-10-03T15:30Z',
    '2026-10-04T15:15Z',
  ])
  // In São Paulo 4 November 2018 began at 01:00.
  expect(times('0 0 * * *', 'America/Sao_Paulo', '2018-11-03T12:00:00Z', 2)).toEqual([
    '2018-11-04T03:00Z',
    '2018-11-05T02:00Z',
  ])
  // Samoa had no 30 December 2011.
  expect(times('0 12 * * *', 'Pacific/Apia', '2011-12-29T20:00:00Z', 3)).toEqual([
    '2011-12-29T22:00Z',
    '2011-12-30T10:00Z',
    '2011-12-30T22:00Z',
  ])
})

test('a leap day comes every four years, 30 February never', () => {
  expect(times('0 0 29 2 *', 'UTC', '2026-03-01T00:00:00Z', 2)).toEqual(['2028-02-29T00:00Z', '2032-02-29T00:00Z'])
  expect(times('30 12 29 2 *', 'Asia/Kathmandu', '2026-03-01T00:00:00Z', 1)).toEqual(['2028-02-29T06:45Z'])
  expect(nextTime({ cron: '0 0 30 2 *', timeZone: 'Europe/Berlin' }, 0)).toBeNull()
})

test('a day of the month and one of the week each make it due', () => {
  expect(times('0 0 1 * mon', 'UTC', '2026-11-20T00:00:00Z', 3)).toEqual([
    '2026-11-23T00:00Z',
    '2026-11-30T00:00Z',
    '2026-12-01T00:00Z',
  ])
})

const moment = fc.integer({ min: Date.parse('2020-01-01T00:00:00Z'), max: Date.parse('2035-01-01T00:00:00Z') })
const cron = fc.constantFrom('*/7 * * * *', '30 2 * * *', '0 */6 * * *', '5 0 1 * *', '0 9 * * 1-5')

test('in UTC it is due when croner says so; anywhere, later than asked and in order', () => {
  fc.assert(
    fc.property(cron, moment, (line, after) => {
      const expected = new Line(line, { timezone: 'UTC' }).nextRun(new Date(after))!.getTime()
      expect(nextTime({ cron: line, timeZone: 'UTC' }, after)).toBe(expected)
    }),
  )
  const timeZone = fc.constantFrom('Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Africa/Casablanca')
  fc.assert(
    fc.property(cron, timeZone, moment, (line, zone, after) => {
      const due = nextTimes({ cron: line, timeZone: zone }, { after, count: 4 }).map((time) => Date.parse(time))
      expect(due).toEqual([...new Set(due)].toSorted((a, b) => a - b))
      expect(due[0]).toBeGreaterThan(after)
    }),
  )
})

test('every day that has 02:30 and every day that has not is due exactly once a day', () => {
  const due = nextTimes(
    { cron: '30 2 * * *', timeZone: 'Europe/Berlin' },
    { after: Date.parse('2026-01-01T00:00:00Z'), count: 365 },
  )
  expect(new Set(due.map((time) => time.slice(0, 10))).size).toBe(365)
  const gaps = due.slice(1).map((time, place) => (Date.parse(time) - Date.parse(due[place]!)) / HOUR_MS)
  expect(gaps.filter((hours) => hours !== 24)).toEqual([23.5, 23.5, 25])
})
