import { z } from 'zod'
import { Timestamp } from '../clock.ts'
import { type Alert, AlertEvent, AlertSeverity } from './alert.ts'

const names = z.array(z.string().min(1).max(100)).max(20)

/** Which alerts a rule is about; what is left out does not matter to it. */
export const AlertFilter = z.strictObject({
  severities: z.array(AlertSeverity).max(3).optional(),
  tags: names.optional().describe('One of these tags.'),
  environments: names.optional(),
  kinds: names.optional().describe('Kinds of regression tests.'),
})
export type AlertFilter = z.infer<typeof AlertFilter>

/** Who is told of what. */
export const AlertRule = z.object({
  id: z.uuid(),
  name: z.string(),
  events: z.array(AlertEvent).describe('Empty: all.'),
  filter: AlertFilter,
  channelIds: z.array(z.uuid()),
  enabled: z.boolean(),
  mutedUntil: Timestamp.nullable().describe('Nothing is sent until then.'),
  createdAt: Timestamp,
  updatedAt: Timestamp,
})
export type AlertRule = z.infer<typeof AlertRule>

export const channelKinds = ['email', 'webhook', 'slack'] as const

/** Where people are told; secrets are kept apart and never shown again. */
export const AlertChannel = z.object({
  id: z.uuid(),
  name: z.string(),
  kind: z.enum(channelKinds),
  to: z.array(z.string()).describe('Addresses of an e-mail channel.'),
  url: z.string().nullable().describe('Of a webhook; of a Slack-compatible one its host alone, the rest is a secret.'),
  enabled: z.boolean(),
  disabledReason: z.string().nullable().describe('Why it was switched off by itself.'),
  createdAt: Timestamp,
  updatedAt: Timestamp,
})
export type AlertChannel = z.infer<typeof AlertChannel>

export const deliveryKinds = ['raised', 'resolved', 'test'] as const
export const deliveryStates = ['waiting', 'delivered', 'failed', 'muted'] as const

/** One message to one channel, and what became of it. */
export const AlertDelivery = z.object({
  id: z.uuid().describe('The same on each try; a webhook carries it as `webhook-id`.'),
  alertId: z.uuid().nullable().describe('Null for a test.'),
  channelId: z.uuid(),
  ruleId: z.uuid().nullable(),
  kind: z.enum(deliveryKinds),
  state: z.enum(deliveryStates),
  title: z.string(),
  tries: z.int(),
  nextAt: Timestamp.nullable().describe('When it is tried next.'),
  lastError: z.string().nullable(),
  at: Timestamp,
  deliveredAt: Timestamp.nullable(),
})
export type AlertDelivery = z.infer<typeof AlertDelivery>

/** True when a rule is about an alert. What a filter asks for and the alert does not say is no match. */
export const isAbout = (
  { enabled, events, filter }: Pick<AlertRule, 'enabled' | 'events' | 'filter'>,
  { rule, severity, details }: Pick<Alert, 'rule' | 'severity' | 'details'>,
): boolean =>
  enabled &&
  (events.length === 0 || events.includes(rule)) &&
  isAmong([severity], filter.severities) &&
  isAmong(textsOf(details['tags']), filter.tags) &&
  isAmong(textsOf(details['environment']), filter.environments) &&
  isAmong(textsOf(details['kind']), filter.kinds)

/** True while a rule keeps silent. */
export const isMuted = ({ mutedUntil }: Pick<AlertRule, 'mutedUntil'>, now: number): boolean =>
  mutedUntil !== null && Date.parse(mutedUntil) > now

const isAmong = (said: readonly string[], wanted: readonly string[] | undefined): boolean =>
  wanted === undefined || wanted.length === 0 || said.some((text) => wanted.includes(text))

const textsOf = (value: unknown): string[] =>
  (Array.isArray(value) ? value : [value]).filter((each): each is string => typeof each === 'string')

/** How long to wait before each further try: three days in all. */
const pausesMs = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400].map((seconds) => seconds * 1_000)
const JITTER = 0.1

/** When a delivery that failed so often is tried again, in milliseconds from now; null when it has been enough. */
export const nextTryMs = (tries: number, random: number): number | null => {
  const pauseMs = pausesMs[tries - 1]
  return pauseMs === undefined ? null : Math.round(pauseMs * (1 + JITTER * (2 * random - 1)))
}
