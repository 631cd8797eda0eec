import { z } from 'zod'
import { Timestamp } from '../clock.ts'
import { contract } from '../contract.ts'
import { IdParams, PageQuery, pageOf } from '../page.ts'

/** What is watched, each with what its object names; `monitor-alert.ts` says what those of the monitor carry. */
export const alertEvents = {
  'cost.high': 'the workspace: a day that costs more than 1.5 times the same weekday, and at least $1',
  'errors.high': 'the workspace: more than 5 % of at least 20 requests failed within 10 minutes',
  'latency.high': 'a model: the 95th percentile of an hour is twice that of the 7 days before',
  'budget.used': 'a budget: 80 % or all of it is used',
  'credential.invalid': 'a credential: its provider refuses it',
  'credential.due': 'a credential: it is older than its policy allows, or soon will be',
  'group.new': 'a failure group: its first failure',
  'group.reopened': 'a failure group: it was resolved and its failure is back',
  'group.rate': 'a failure group: at least 5 failures in an hour, and three times what is usual for it',
  'group.critical': 'a failure group: it is critical, nothing works until a person acts',
  'test.created': 'a regression test: it was made from a failure group',
  'test.regressed': 'a regression test: it guards, and now it fails',
  'test.quarantined': 'a regression test: it flips, so that it is put in quarantine',
  'confidence.dropped': 'a regression test: its confidence fell below 80, 60 or 40, or by 20 within a day',
  'health.dropped': 'a regression test: it passes less often than 95 % of the time, by a CUSUM against 80 %',
  'speed.dropped': 'a regression test: the last 20 executions took 1.5 times as long as the 20 before',
  'gate.closed': 'a gate: a test that blocks fails, or was not run in time',
  'schedule.missed': 'a schedule: its runs fell due while the service was down; one catches up',
  'run.infrastructure': 'an environment: nearly all tests of a run fail at once, so that no score moves',
} as const
export type AlertEvent = keyof typeof alertEvents
export const AlertEvent = z.enum(Object.keys(alertEvents) as [AlertEvent, ...AlertEvent[]])

export const alertSeverities = ['info', 'warning', 'critical'] as const
export const AlertSeverity = z.enum(alertSeverities)

/** Something that a person should look at. One event speaks once about one object in 24 hours. */
export const Alert = z.object({
  id: z.uuid(),
  rule: AlertEvent.describe('What was found.'),
  object: z.string().max(200).describe('What it is about: an id, a model, `workspace`.'),
  severity: AlertSeverity,
  title: z.string().max(300),
  details: z.record(z.string(), z.unknown()).describe('The figures that raised it.'),
  count: z.int().describe('How often it was raised.'),
  at: Timestamp.describe('When it was first raised.'),
  lastAt: Timestamp,
  acknowledgedAt: Timestamp.nullable(),
  acknowledgedBy: z.string().nullable(),
  resolvedAt: Timestamp.nullable(),
})
export type Alert = z.infer<typeof Alert>

export const listAlerts = contract({
  method: 'get',
  path: '/api/v1/alerts',
  access: { who: 'person', role: 'viewer', scope: 'read' },
  summary: 'Alerts, newest first',
  query: PageQuery.extend({
    state: z.enum(['open', 'resolved']).optional(),
    rule: AlertEvent.optional(),
    object: z.string().max(200).optional(),
  }),
  reply: pageOf(Alert),
})

export const acknowledgeAlert = contract({
  method: 'post',
  path: '/api/v1/alerts/{id}/acknowledge',
  access: { who: 'person', role: 'member', scope: 'write' },
  summary: 'Say that somebody is looking at an alert',
  params: IdParams,
  reply: Alert,
})
