import { z } from 'zod'
import { Timestamp } from '../clock.ts'
import { contract } from '../contract.ts'
import { IdParams, PageQuery, pageOf } from '../page.ts'
import { AlertEvent } from './alert.ts'
import { AlertChannel, AlertDelivery, AlertFilter, AlertRule, deliveryStates } from './alert-rule.ts'

/** Who is told, and where, says what leaves the workspace: it takes an administrator. */
const admin = { who: 'person', role: 'admin', scope: 'admin' } as const
const reader = { who: 'person', role: 'viewer', scope: 'read' } as const

/** So many of each a workspace may have. */
export const MOST_ALERT_RULES = 100
export const MOST_ALERT_CHANNELS = 50

const name = z.string().trim().min(1).max(80)
const ruleFields = {
  name,
  events: z.array(AlertEvent).max(50).describe('Empty: all.'),
  filter: AlertFilter,
  channelIds: z.array(z.uuid()).max(MOST_ALERT_CHANNELS),
  enabled: z.boolean(),
  mutedUntil: Timestamp.nullable(),
}

export const listAlertRules = contract({
  method: 'get',
  path: '/api/v1/alerts/rules',
  access: reader,
  summary: 'Who is told of which alerts',
  reply: z.object({ items: z.array(AlertRule) }),
})

export const createAlertRule = contract({
  method: 'post',
  path: '/api/v1/alerts/rules',
  access: admin,
  summary: 'Tell channels of alerts',
  status: 201,
  body: z.strictObject({
    name,
    events: ruleFields.events.default([]),
    filter: AlertFilter.default({}),
    channelIds: ruleFields.channelIds.min(1),
    enabled: z.boolean().default(true),
    mutedUntil: Timestamp.nullable().default(null),
  }),
  reply: AlertRule,
})

export const updateAlertRule = contract({
  method: 'patch',
  path: '/api/v1/alerts/rules/{id}',
  access: admin,
  summary: 'Change a rule, or mute it until a time',
  params: IdParams,
  body: z.strictObject(ruleFields).partial(),
  reply: AlertRule,
})

export const removeAlertRule = contract({
  method: 'delete',
  path: '/api/v1/alerts/rules/{id}',
  access: admin,
  summary: 'Remove a rule',
  params: IdParams,
  reply: AlertRule,
})

const url = z.url({ protocol: /^https?$/ }).max(2_000)

export const listAlertChannels = contract({
  method: 'get',
  path: '/api/v1/alerts/channels',
  access: reader,
  summary: 'Where people are told; no secret among it',
  reply: z.object({ items: z.array(AlertChannel), mailIsSet: z.boolean().describe('E-mail can be sent from here.') }),
})

/** A channel as it is made; `secret` verifies a webhook's signatures and is shown this once. */
const MadeChannel = AlertChannel.extend({ secret: z.string().nullable() })

export const createAlertChannel = contract({
  method: 'post',
  path: '/api/v1/alerts/channels',
  access: admin,
  summary: 'Add an e-mail, webhook or Slack-compatible channel; the secret of a webhook is shown once',
  status: 201,
  body: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('email'), name, to: z.array(z.email()).min(1).max(20) }),
    z.strictObject({ kind: z.literal('webhook'), name, url }),
    z.strictObject({ kind: z.literal('slack'), name, url }),
  ]),
  reply: MadeChannel,
})

export const updateAlertChannel = contract({
  method: 'patch',
  path: '/api/v1/alerts/channels/{id}',
  access: admin,
  summary: 'Rename a channel, switch it on or off, or give it another destination',
  params: IdParams,
  body: z.strictObject({
    name: name.optional(),
    enabled: z.boolean().optional(),
    to: z.array(z.email()).min(1).max(20).optional(),
    url: url.optional(),
  }),
  reply: AlertChannel,
})

export const removeAlertChannel = contract({
  method: 'delete',
  path: '/api/v1/alerts/channels/{id}',
  access: admin,
  summary: 'Remove a channel from all rules, with its deliveries',
  params: IdParams,
  reply: AlertChannel,
})

export const rotateAlertChannel = contract({
  method: 'post',
  path: '/api/v1/alerts/channels/{id}/rotate',
  access: admin,
  summary: 'Give a webhook a new secret; for 24 hours both sign',
  params: IdParams,
  reply: MadeChannel,
})

export const testAlertChannel = contract({
  method: 'post',
  path: '/api/v1/alerts/channels/{id}/test',
  access: admin,
  summary: 'Send a test message now and tell what became of it',
  params: IdParams,
  reply: AlertDelivery,
})

export const listAlertDeliveries = contract({
  method: 'get',
  path: '/api/v1/alerts/deliveries',
  access: reader,
  summary: 'What was sent where, newest first',
  query: PageQuery.extend({
    channel: z.uuid().optional(),
    alert: z.uuid().optional(),
    state: z.enum(deliveryStates).optional(),
  }),
  reply: pageOf(AlertDelivery),
})

export const resendAlertDelivery = contract({
  method: 'post',
  path: '/api/v1/alerts/deliveries/{id}/resend',
  access: admin,
  summary: 'Send a message again, under its own id',
  params: IdParams,
  reply: AlertDelivery,
})
