import {
  AssayError,
  createAlertChannel,
  HOUR_MS,
  listAlertChannels,
  MOST_ALERT_CHANNELS,
  removeAlertChannel,
  rotateAlertChannel,
  Secret,
  testAlertChannel,
  timestamp,
  updateAlertChannel,
  type AlertChannel,
  type AlertDelivery,
} from '@assay/core'
import * as stored from '@assay/store'
import { implement, type Exchange } from '../../../http/implement.ts'
import { noteChange, refuseTwin } from './audited.ts'
import { sealChannel } from './channel-secret.ts'
import { noteOutcome, sendDelivery } from './deliver.ts'
import { mintWebhookSecret } from './sign.ts'

/** So long a webhook's secret before the last one still signs. */
const GRACE_MS = 24 * HOUR_MS
const MOST_TESTS_AN_HOUR = 10

export const onListAlertChannels = implement(listAlertChannels, async ({ app, inWorkspace }) => ({
  items: (await inWorkspace(stored.listAlertChannels)).map(toReply),
  mailIsSet: app.config.SMTP_URL !== undefined,
}))

export const onCreateAlertChannel = implement(createAlertChannel, async (exchange, { body }) => {
  const { app, inWorkspace, member } = exchange
  const { kind, name } = body
  const at = timestamp(app.now())
  const id = app.createId()
  const place = { id, kind, workspaceId: member().workspaceId }
  const secret = kind === 'webhook' ? mintWebhookSecret(app.randomBytes) : null
  const row: stored.AlertChannelRow = {
    ...emptyRow,
    id,
    kind,
    name,
    recipients: kind === 'email' ? body.to : [],
    ...(kind === 'email' ? refuseWithoutMail(exchange) : await sealedUrl(exchange, place, { url: body.url, secret })),
    createdAt: at,
    updatedAt: at,
  }
  await inWorkspace(async (scope) => {
    const others = await stored.listAlertChannels(scope)
    refuseTwin('channel', others, row)
    if (others.length >= MOST_ALERT_CHANNELS) throw invalid('', `there are ${MOST_ALERT_CHANNELS} channels already`)
    await stored.insertAlertChannel(scope, row)
    await noteChange(exchange, scope, { action: 'alert_channel.create', target: id, after: toReply(row) })
  })
  return { ...toReply(row), secret }
})

export const onUpdateAlertChannel = implement(updateAlertChannel, async (exchange, { params: { id }, body }) => {
  const { app, inWorkspace, member } = exchange
  const before = await found(exchange, id)
  const { name, enabled, to, url } = body
  if (to !== undefined && before.kind !== 'email') throw invalid('to', `a ${before.kind} channel has no addresses`)
  if (url !== undefined && before.kind === 'email') throw invalid('url', 'an e-mail channel has no url')
  // The secret is bound to the place it is used at, so another place takes another one.
  const moved =
    url === undefined
      ? {}
      : await sealedUrl(exchange, { ...before, workspaceId: member().workspaceId }, { url, secret: null, before })
  const changes = {
    ...(name === undefined ? {} : { name }),
    ...(enabled === undefined ? {} : { enabled, disabledReason: null }),
    ...(to === undefined ? {} : { recipients: to }),
    ...moved,
  }
  return inWorkspace(async (scope) => {
    refuseTwin('channel', await stored.listAlertChannels(scope), { id, name: name ?? before.name })
    const after = await stored.updateAlertChannel(scope, { id, changes, at: timestamp(app.now()) })
    if (after === null) throw unknown(id)
    await noteChange(exchange, scope, {
      action: 'alert_channel.update',
      target: id,
      before: toReply(before),
      after: toReply(after),
    })
    return toReply(after)
  })
})

export const onRemoveAlertChannel = implement(removeAlertChannel, (exchange, { params: { id } }) =>
  exchange.inWorkspace(async (scope) => {
    await stored.forgetChannel(scope, id)
    const before = await stored.removeAlertChannel(scope, id)
    if (before === null) throw unknown(id)
    await noteChange(exchange, scope, { action: 'alert_channel.remove', target: id, before: toReply(before) })
    return toReply(before)
  }),
)

export const onRotateAlertChannel = implement(rotateAlertChannel, async (exchange, { params: { id } }) => {
  const { app, inWorkspace, member } = exchange
  const before = await found(exchange, id)
  if (before.kind !== 'webhook' || before.origin === null) throw invalid('id', 'only a webhook has a secret of ours')
  const secret = mintWebhookSecret(app.randomBytes)
  const place = { ...before, origin: before.origin, workspaceId: member().workspaceId }
  const sealed = await sealChannel(app, place, new Secret(secret))
  const changes = { ...sealed, previousSealed: before.sealed, graceUntil: timestamp(app.now() + GRACE_MS) }
  return inWorkspace(async (scope) => {
    const after = await stored.updateAlertChannel(scope, { id, changes, at: timestamp(app.now()) })
    if (after === null) throw unknown(id)
    await noteChange(exchange, scope, { action: 'alert_channel.rotate', target: id, after: toReply(after) })
    return { ...toReply(after), secret }
  })
})

export const onTestAlertChannel = implement(testAlertChannel, async (exchange, { params: { id } }) => {
  const { app, inWorkspace, member } = exchange
  const channel = await found(exchange, id)
  const now = app.now()
  const at = timestamp(now)
  const { workspaceId } = member()
  const delivery: AlertDelivery = {
    id: app.createId(),
    alertId: null,
    channelId: id,
    ruleId: null,
    kind: 'test',
    state: 'waiting',
    title: 'A test message',
    tries: 1,
    nextAt: null,
    lastError: null,
    at,
    deliveredAt: null,
  }
  await inWorkspace(async (scope) => {
    const { count, firstAt } = await stored.countTests(scope, { channelId: id, since: timestamp(now - HOUR_MS) })
    if (count >= MOST_TESTS_AN_HOUR) {
      const retryAfterMs = Math.max(1_000, Date.parse(firstAt!) + HOUR_MS - now)
      throw new AssayError('alerts.too_many_tests', { channel: channel.name, most: MOST_TESTS_AN_HOUR, retryAfterMs })
    }
    await stored.insertDeliveries(scope, [{ ...delivery, noticeId: null }])
    await noteChange(exchange, scope, { action: 'alert_channel.test', target: id })
  })
  const due = { delivery, alert: null }
  const outcome = await sendDelivery(app, { workspaceId, channel, due })
  await noteOutcome(app, { workspaceId, channel, due, outcome, isLast: true })
  const told: Partial<AlertDelivery> = outcome.isDelivered
    ? { state: 'delivered', deliveredAt: timestamp(app.now()) }
    : { state: 'failed', lastError: outcome.reason }
  return { ...delivery, ...told }
})

const emptyRow = {
  url: null,
  origin: null,
  sealed: null,
  previousSealed: null,
  dataKeyId: null,
  graceUntil: null,
  enabled: true,
  disabledReason: null,
}

const refuseWithoutMail = ({ app }: Exchange): object => {
  if (app.config.SMTP_URL === undefined) throw new AssayError('alerts.no_mail', {})
  return {}
}

type Moved = Pick<stored.AlertChannelRow, 'url' | 'origin' | 'sealed' | 'dataKeyId' | 'previousSealed' | 'graceUntil'>

/** A destination that may be called, with its secret sealed for it: a webhook's own, or all of a Slack address. */
const sealedUrl = async (
  { app }: Exchange,
  place: { id: string; kind: AlertChannel['kind']; workspaceId: string },
  { url, secret, before }: { url: string; secret: string | null; before?: stored.AlertChannelRow },
): Promise<Moved> => {
  app.egress.check(url)
  const { origin } = new URL(url)
  const kept = { previousSealed: null, graceUntil: null }
  if (place.kind === 'slack') {
    const sealed = await sealChannel(app, { ...place, origin }, new Secret(url))
    return { url: `${origin}/…${url.slice(-4)}`, origin, ...sealed, ...kept }
  }
  if (secret === null && before?.origin === origin) {
    const { sealed, dataKeyId, previousSealed, graceUntil } = before
    return { url, origin, sealed, dataKeyId, previousSealed, graceUntil }
  }
  if (secret === null) {
    throw invalid(
      'url',
      `is at another host; add a channel for ${origin} instead, because the secret stays with its host`,
    )
  }
  return { url, origin, ...(await sealChannel(app, { ...place, origin }, new Secret(secret))), ...kept }
}

const found = async ({ inWorkspace }: Exchange, id: string): Promise<stored.AlertChannelRow> => {
  const channel = await inWorkspace((scope) => stored.findAlertChannel(scope, id))
  if (channel === null) throw unknown(id)
  return channel
}

const toReply = (row: stored.AlertChannelRow): AlertChannel => {
  const { id, name, kind, recipients, url, enabled, disabledReason, createdAt, updatedAt } = row
  return { id, name, kind, to: recipients, url, enabled, disabledReason, createdAt, updatedAt }
}

const unknown = (id: string): AssayError => new AssayError('resource.not_found', { what: 'alert channel', id })

const invalid = (path: string, message: string): AssayError =>
  new AssayError('input.invalid', { what: 'alert channel', issues: [{ path, message }] })
