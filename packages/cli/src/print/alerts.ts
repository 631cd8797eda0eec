import type { Alert, AlertChannel, AlertDelivery, AlertRule } from '@assay/core'
import { shortIds } from '../ids.ts'
import type { Output } from '../terminal/output.ts'
import { table } from './table.ts'
import { relativeTime } from './time.ts'

type Told = { out: Output; now: number }

/** Alerts, one a line. */
export const alertTable = (rows: readonly Alert[], { out, now }: Told): string => {
  const short = shortIds(rows.map(({ id }) => id))
  return table(
    rows,
    [
      { name: 'id', cell: ({ id }) => short(id), paint: out.colours.dim },
      { name: 'severity', cell: ({ severity }) => severity },
      { name: 'event', cell: ({ rule }) => rule },
      { name: 'title', cell: ({ title }) => title, flexible: true },
      { name: 'found', cell: ({ count }) => `${count}×` },
      { name: 'last', cell: ({ lastAt }) => relativeTime(lastAt, now) },
      { name: 'state', cell: stateOf },
    ],
    out,
  )
}

const stateOf = ({ resolvedAt, acknowledgedAt }: Alert): string => {
  if (resolvedAt !== null) return 'resolved'
  return acknowledgedAt === null ? 'open' : 'acknowledged'
}

/** Rules, one a line. */
export const ruleTable = (
  rows: readonly AlertRule[],
  { out, now, channels }: Told & { channels: readonly AlertChannel[] },
): string => {
  const short = shortIds(rows.map(({ id }) => id))
  return table(
    rows,
    [
      { name: 'id', cell: ({ id }) => short(id), paint: out.colours.dim },
      { name: 'name', cell: ({ name }) => name },
      { name: 'events', cell: ({ events }) => (events.length === 0 ? 'all' : events.join(', ')), flexible: true },
      { name: 'only', cell: ({ filter }) => Object.values(filter).flat().join(', ') || '—', flexible: true },
      { name: 'channels', cell: ({ channelIds }) => namesOf(channelIds, channels), flexible: true },
      { name: 'state', cell: (rule) => ruleState(rule, now) },
    ],
    out,
  )
}

const ruleState = ({ enabled, mutedUntil }: AlertRule, now: number): string => {
  if (!enabled) return 'off'
  return mutedUntil !== null && Date.parse(mutedUntil) > now ? `mute, ${relativeTime(mutedUntil, now)}` : 'on'
}

/** Channels, one a line. */
export const channelTable = (rows: readonly AlertChannel[], out: Output): string => {
  const short = shortIds(rows.map(({ id }) => id))
  return table(
    rows,
    [
      { name: 'id', cell: ({ id }) => short(id), paint: out.colours.dim },
      { name: 'name', cell: ({ name }) => name },
      { name: 'kind', cell: ({ kind }) => kind },
      { name: 'to', cell: ({ to, url }) => url ?? to.join(', '), flexible: true },
      {
        name: 'state',
        cell: ({ enabled, disabledReason }) => (enabled ? 'on' : `off${disabledReason ? `: ${disabledReason}` : ''}`),
        flexible: true,
      },
    ],
    out,
  )
}

/** What was sent, one a line. */
export const deliveryTable = (
  rows: readonly AlertDelivery[],
  { out, now, channels }: Told & { channels: readonly AlertChannel[] },
): string => {
  const short = shortIds(rows.map(({ id }) => id))
  return table(
    rows,
    [
      { name: 'id', cell: ({ id }) => short(id), paint: out.colours.dim },
      { name: 'what', cell: ({ kind }) => kind },
      { name: 'title', cell: ({ title }) => title, flexible: true },
      { name: 'channel', cell: ({ channelId }) => namesOf([channelId], channels) },
      { name: 'state', cell: ({ state }) => state },
      { name: 'tries', cell: ({ tries }) => String(tries) },
      { name: 'at', cell: ({ at }) => relativeTime(at, now) },
      { name: 'last error', cell: ({ lastError }) => lastError ?? '—', flexible: true },
    ],
    out,
  )
}

const namesOf = (ids: readonly string[], channels: readonly AlertChannel[]): string =>
  ids.map((id) => channels.find((channel) => channel.id === id)?.name ?? id.slice(0, 8)).join(', ') || 'nobody'
