import { expect, test } from 'vitest'
import { alertEvents, type AlertEvent } from './alert.ts'
import { messageOf } from './alert-message.ts'
import { isAbout } from './alert-rule.ts'
import {
  alertPath,
  gateAlert,
  gateObject,
  groupAlert,
  groupEvents,
  infrastructureAlert,
  missedAlert,
  testAlert,
  testEvents,
  type AlertedGroup,
  type AlertedTest,
  type MonitorAlert,
} from './monitor-alert.ts'

const group: AlertedGroup = {
  id: '0199c3f2-77aa-7c41-9d55-0a3f0e6d1b2c',
  title: 'fetch failed',
  category: 'network',
  family: 'network/openai/fetch-failed',
  severity: 'medium',
  why: ['category network: "fetch failed"'],
  occurrences: 7,
  users: 2,
}
const newest = { environment: 'staging', release: '1.4.0', tags: ['checkout'] }
const regression: AlertedTest = {
  id: '0199c3f2-77aa-7c41-9d55-0a3f0e6d1b2d',
  name: 'regression_type_error',
  kind: 'regression',
  state: 'active',
  stateReason: 'Failed as recorded, then passed twice in a row.',
  confidence: 70,
  groupId: group.id,
  tags: ['checkout'],
}
const gate = { environment: 'ci', tag: 'checkout', release: '2', blocking: 1, reasons: ['regression_type_error fails'] }

const everyAlert: MonitorAlert[] = [
  ...groupEvents.map((rule) => groupAlert(rule, group, newest)),
  ...testEvents.map((rule) => testAlert(rule, regression, { environment: 'staging' })),
  gateAlert(gate),
  missedAlert({ id: group.id, name: 'nightly', environment: 'staging', tag: null, missed: 12, since: '2026-11-17' }),
  infrastructureAlert({ id: group.id, environment: 'staging', failed: 5, tests: 5 }),
]

test('every event of the monitor has its alert, with a title, a reason, an environment and a page', () => {
  const traffic = /^(?:cost|errors|latency|budget|credential)\./
  const events = (Object.keys(alertEvents) as AlertEvent[]).filter((event) => !traffic.test(event))
  expect(everyAlert.map(({ rule }) => rule)).toEqual(events)
  for (const alert of everyAlert) {
    expect(alert.title).not.toBe('')
    expect(alert.details).toMatchObject({
      reason: expect.any(String),
      environment: expect.stringMatching(/staging|ci/),
    })
    expect(alertPath({ ...alert, id: group.id })).toMatch(/^(?:failures|regression-tests|runs|schedules)/)
  }
})

test('rules choose among them by tag, severity, environment and kind', () => {
  const told = (filter: object) =>
    everyAlert.filter((alert) => isAbout({ enabled: true, events: [], filter }, alert)).map(({ rule }) => rule)
  expect(told({ tags: ['checkout'] })).toEqual([...groupEvents, ...testEvents, 'gate.closed'])
  expect(told({ kinds: ['regression'] })).toEqual(testEvents)
  expect(told({ environments: ['ci'] })).toEqual(['gate.closed'])
  expect(told({ severities: ['critical'] })).toEqual(['group.critical', 'gate.closed', 'run.infrastructure'])
})

test('a gate is the same gate by its environment and tag, and its message holds the reasons', () => {
  expect(gateAlert(gate).object).toBe(gateObject(gate))
  const alert = { ...gateAlert(gate), id: group.id, count: 1, at: 'now', lastAt: 'now', resolvedAt: null }
  const { subject, lines } = messageOf({
    kind: 'raised',
    alert,
    workspace: { id: group.id, name: 'Shop' },
    link: 'https://assay.example.com',
    at: 'now',
  })
  expect(subject).toBe('Critical: The gate of ci, tag checkout is closed (Shop)')
  expect(lines).toContain('reason: regression_type_error fails')
  expect(lines).toContain('tags: checkout')
})

test('a title of any length fits its column', () => {
  const long = groupAlert('group.new', { ...group, title: 'x'.repeat(5_000), why: ['y'.repeat(5_000)] }, newest)
  expect(long.title.length).toBeLessThanOrEqual(300)
  expect(String(long.details['reason']).length).toBeLessThanOrEqual(200)
})
