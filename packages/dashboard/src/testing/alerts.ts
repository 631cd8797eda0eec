import { timestamp, type Alert, type AlertChannel, type AlertDelivery, type AlertRule } from '@assay/core'
import type { Answers } from './answers.ts'
import { idOf } from './random.ts'

const HOUR_MS = 3_600_000

const alertOf = (number: number, now: number, changes: Partial<Alert>): Alert => ({
  id: idOf(11, number),
  rule: 'cost.high',
  object: 'workspace',
  severity: 'warning',
  title: 'Today has cost $18.40 so far; this weekday usually costs $10.10',
  details: { costNanoUsd: 18_400_000_000, usualNanoUsd: 10_100_000_000 },
  count: 4,
  at: timestamp(now - number * HOUR_MS),
  lastAt: timestamp(now - number * HOUR_MS + 60_000),
  acknowledgedAt: null,
  acknowledgedBy: null,
  resolvedAt: null,
  ...changes,
})

const makeAlerts = (now: number): Alert[] => [
  alertOf(1, now, {}),
  alertOf(2, now, {
    rule: 'credential.invalid',
    severity: 'critical',
    title: 'openai refuses the credential second account',
    acknowledgedAt: timestamp(now - HOUR_MS),
    acknowledgedBy: 'person:1',
  }),
  alertOf(9, now, {
    rule: 'errors.high',
    title: '12.5 % of the last 240 requests failed within 10 minutes',
    resolvedAt: timestamp(now - 8 * HOUR_MS),
  }),
  alertOf(30, now, {
    rule: 'credential.due',
    severity: 'info',
    title: 'The secret of default (anthropic) is due to be replaced',
  }),
]

const channelOf = (number: number, now: number, changes: Partial<AlertChannel>): AlertChannel => ({
  id: idOf(12, number),
  name: 'on call',
  kind: 'webhook',
  to: [],
  url: 'https://hooks.example.com/assay/on-call',
  enabled: true,
  disabledReason: null,
  createdAt: timestamp(now - number * HOUR_MS),
  updatedAt: timestamp(now - number * HOUR_MS),
  ...changes,
})

const makeChannels = (now: number): AlertChannel[] => [
  channelOf(1, now, {}),
  channelOf(2, now, { name: 'team mail', kind: 'email', url: null, to: ['ada@example.com', 'bob@example.com'] }),
  channelOf(3, now, {
    name: 'chat',
    kind: 'slack',
    url: 'https://hooks.slack.com/…x7Qf',
    enabled: false,
    disabledReason: 'the receiver answered 410: it wants no more',
  }),
]

const ruleOf = (number: number, now: number, changes: Partial<AlertRule>): AlertRule => ({
  id: idOf(13, number),
  name: 'money',
  events: ['cost.high', 'budget.used'],
  filter: {},
  channelIds: [idOf(12, 2)],
  enabled: true,
  mutedUntil: null,
  createdAt: timestamp(now - number * HOUR_MS),
  updatedAt: timestamp(now - number * HOUR_MS),
  ...changes,
})

const makeRules = (now: number): AlertRule[] => [
  ruleOf(1, now, {}),
  ruleOf(2, now, {
    name: 'wake somebody',
    events: [],
    filter: { severities: ['critical'] },
    channelIds: [idOf(12, 1), idOf(12, 3)],
    mutedUntil: timestamp(now + 90 * 60_000),
  }),
]

const deliveryOf = (number: number, now: number, changes: Partial<AlertDelivery>): AlertDelivery => ({
  id: idOf(14, number),
  alertId: idOf(11, 1),
  channelId: idOf(12, 2),
  ruleId: idOf(13, 1),
  kind: 'raised',
  state: 'delivered',
  title: 'Today has cost $18.40 so far; this weekday usually costs $10.10',
  tries: 1,
  nextAt: null,
  lastError: null,
  at: timestamp(now - number * HOUR_MS),
  deliveredAt: timestamp(now - number * HOUR_MS + 1_000),
  ...changes,
})

const makeDeliveries = (now: number): AlertDelivery[] => [
  deliveryOf(1, now, {}),
  deliveryOf(2, now, {
    channelId: idOf(12, 1),
    title: 'openai refuses the credential second account',
    state: 'waiting',
    tries: 2,
    nextAt: timestamp(now + 240_000),
    lastError: 'the receiver answered 503',
    deliveredAt: null,
  }),
  deliveryOf(3, now, {
    channelId: idOf(12, 3),
    state: 'failed',
    lastError: 'the receiver answered 410',
    deliveredAt: null,
  }),
  deliveryOf(4, now, { kind: 'test', title: 'A test message', alertId: null, ruleId: null }),
  deliveryOf(5, now, { kind: 'resolved', state: 'muted', tries: 0, deliveredAt: null }),
]

type Name =
  | 'listAlerts'
  | 'acknowledgeAlert'
  | 'listAlertRules'
  | 'createAlertRule'
  | 'updateAlertRule'
  | 'listAlertChannels'
  | 'createAlertChannel'
  | 'testAlertChannel'
  | 'listAlertDeliveries'

/** The answers about alerts and who is told of them. */
export const alertAnswers = (now: number, isEmpty: boolean): Pick<Answers, Name> => {
  const all = <Item>(items: Item[]): Item[] => (isEmpty ? [] : items)
  return {
    listAlerts: () => ({ items: all(makeAlerts(now)), nextCursor: null }),
    acknowledgeAlert: ({ params: { id } }) => {
      const alert = makeAlerts(now).find((one) => one.id === id)
      return alert && { ...alert, acknowledgedAt: timestamp(now), acknowledgedBy: 'person:1' }
    },
    listAlertRules: () => ({ items: all(makeRules(now)) }),
    createAlertRule: ({ body }) => ({ ...ruleOf(7, now, {}), ...body }),
    updateAlertRule: ({ params: { id }, body: { mutedUntil = null } }) => {
      const rule = makeRules(now).find((one) => one.id === id)
      return rule && { ...rule, mutedUntil }
    },
    listAlertChannels: () => ({ items: all(makeChannels(now)), mailIsSet: true }),
    createAlertChannel: ({ body }) => ({
      ...channelOf(7, now, { name: body.name, kind: body.kind }),
      secret: 'whsec_shown-once',
    }),
    testAlertChannel: ({ params: { id } }) =>
      id === idOf(12, 1)
        ? deliveryOf(8, now, { kind: 'test', channelId: id })
        : deliveryOf(8, now, { kind: 'test', channelId: id, state: 'failed', lastError: 'the receiver answered 500' }),
    listAlertDeliveries: () => ({ items: all(makeDeliveries(now)), nextCursor: null }),
  }
}
