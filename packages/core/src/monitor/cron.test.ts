import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Cron, cronProblem, TimeZone } from './cron.ts'

test.each(['0 */6 * * *', '  5   0 1,15 * 1-5 ', '*/15 9-17 * jan-mar mon,WED,7', '0-59/7 0-23/2 1-31/5 1-12/3 0-6/2'])(
  '%s can be read',
  (line) => expect(cronProblem(line)).toBeNull(),
)

test.each([
  ['61 * * * *', 'minute 61: 61 is not from 0 to 59'],
  ['* 24 * * *', 'hour 24: 24 is not from 0 to 23'],
  ['* * 0 * *', 'day of month 0: 0 is not from 1 to 31'],
  ['* * * 13 *', 'month 13: 13 is not from 1 to 12'],
  ['* * * * 8', 'day of week 8: 8 is not from 0 to 7'],
  ['* * * MON *', 'month MON: MON is not from 1 to 12'],
  ['*/0 * * * *', 'minute */0: a step is from 1 to 59, not 0'],
  ['5/15 * * * *', 'minute 5/15: a step needs * or a range, such as 5-59/15'],
  ['9-5 * * * *', 'minute 9-5: 9-5 ends before it begins'],
  ['1,,2 * * * *', 'minute 1,,2: nothing is none of *, a number, a range and a step'],
  ['0 0 L * *', 'day of month L: L is none of *, a number, a range and a step'],
  ['@daily', 'has 1 of 5 fields: minute, hour, day of month, month, day of week'],
  ['0 0 0 * * *', 'has 6 of 5 fields: minute, hour, day of month, month, day of week'],
  ['', 'has 0 of 5 fields: minute, hour, day of month, month, day of week'],
])('%s is refused by name', (line, problem) => {
  expect(cronProblem(line)).toBe(problem)
  expect(Cron.safeParse(line).success).toBe(false)
})

test('whatever is written is read or refused, and never throws', () => {
  const isTold = (text: string): boolean => ['string', 'object'].includes(typeof cronProblem(text))
  expect(() => fc.assert(fc.property(fc.string({ unit: 'binary' }), isTold))).not.toThrow()
  const part = fc.stringMatching(/^[0-9*,/a-z-]{1,6}$/)
  fc.assert(fc.property(fc.array(part, { minLength: 5, maxLength: 5 }), (parts) => isTold(parts.join(' '))))
})

test('a time zone is a name of the IANA database', () => {
  for (const zone of ['UTC', 'Europe/Berlin', 'America/Argentina/Ushuaia', 'Etc/GMT+2']) {
    expect(TimeZone.safeParse(zone).success).toBe(true)
  }
  for (const zone of ['', '+02:00', 'Europe/Nowhere', 'Berlin', 'x'.repeat(80)]) {
    expect(TimeZone.safeParse(zone).success).toBe(false)
  }
})
