import fc from 'fast-check'
import { expect, test } from 'vitest'
import { alertEvents, alertSeverities, type AlertEvent } from './alert.ts'
import { isAbout, isMuted, nextTryMs } from './alert-rule.ts'

const event = fc.constantFrom(...(Object.keys(alertEvents) as AlertEvent[]))
const severity = fc.constantFrom(...alertSeverities)
const alert = fc.record({ rule: event, severity, details: fc.constant({}) })

test('a rule without conditions is about everything, one that is off about nothing', () => {
  fc.assert(
    fc.property(alert, (raised) => {
      const rule = { enabled: true, events: [], filter: {} }
      expect(isAbout(rule, raised)).toBe(true)
      expect(isAbout({ ...rule, enabled: false }, raised)).toBe(false)
    }),
  )
})

test('one more condition never matches more', () => {
  fc.assert(
    fc.property(alert, fc.array(event), fc.array(severity), (raised, events, severities) => {
      const some = { enabled: true, events, filter: {} }
      const isStillAbout = isAbout({ ...some, filter: { severities } }, raised)
      expect(isStillAbout && !isAbout(some, raised)).toBe(false)
    }),
  )
})

test('tags, environment and kind are those that the alert names', () => {
  const raised = (details: Record<string, unknown>) => ({ rule: 'cost.high', severity: 'info', details }) as const
  const about = (filter: object, details: Record<string, unknown>) =>
    isAbout({ enabled: true, events: [], filter }, raised(details))
  expect(about({ tags: ['checkout'] }, { tags: ['search', 'checkout'] })).toBe(true)
  expect(about({ tags: ['checkout'] }, {})).toBe(false)
  expect(about({ environments: ['production'] }, { environment: 'staging' })).toBe(false)
  expect(about({ kinds: ['smoke'], environments: ['staging'] }, { environment: 'staging', kind: 'smoke' })).toBe(true)
})

test('a rule is muted until its time', () => {
  expect(isMuted({ mutedUntil: '2026-11-20T00:00:00.000Z' }, Date.parse('2026-11-19T23:59:59Z'))).toBe(true)
  expect(isMuted({ mutedUntil: '2026-11-20T00:00:00.000Z' }, Date.parse('2026-11-20T00:00:00Z'))).toBe(false)
  expect(isMuted({ mutedUntil: null }, 0)).toBe(false)
})

test('tries come ever later, for about three days, and then no more', () => {
  const pauses = Array.from({ length: 9 }, (_, tried) => nextTryMs(tried + 1, 0.5)!)
  expect(pauses).toEqual(pauses.toSorted((a, b) => a - b))
  const hours = pauses.reduce((sum, pause) => sum + pause, 0) / 3_600_000
  expect(hours).toBeGreaterThan(72)
  expect(hours).toBeLessThan(80)
  expect(nextTryMs(10, 0.5)).toBeNull()
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), fc.double({ min: 0, max: 0.999, noNaN: true }), (tries, random) => {
      const pause = nextTryMs(tries, random)!
      expect(Math.abs(pause / pauses[tries - 1]! - 1)).toBeLessThanOrEqual(0.1001)
    }),
  )
})
