import { AssayError, isAssayError, messageOf, SECOND_MS, slackOf, webhookOf, type AlertNews } from '@assay/core'
import type { AlertChannelRow } from '@assay/store'
import type { App } from '../../../app.ts'
import { openChannel } from './channel-secret.ts'
import { sendMail } from './send-mail.ts'
import { signedHeaders } from './sign.ts'

/** What became of one try; `isFinal`: another would end alike; `disables`: the receiver wants no more at all. */
export type Outcome =
  | { isDelivered: true }
  | { isDelivered: false; reason: string; isFinal?: boolean; disables?: boolean }

type Parts = Pick<App, 'config' | 'egress' | 'vault' | 'now'>
type Sending = { workspaceId: string; channel: AlertChannelRow; id: string; news: AlertNews }

const TIMEOUT_MS = 15 * SECOND_MS
const MOST_ANSWER_BYTES = 64 * 1024

/** Sends one message to one channel. */
export const send = async (parts: Parts, sending: Sending): Promise<Outcome> => {
  try {
    if (sending.channel.kind === 'email') return await mail(parts, sending)
    if (sending.channel.kind === 'slack') return await chat(parts, sending)
    return await webhook(parts, sending)
  } catch (error) {
    // An address that is not allowed may be allowed one day; a secret that does not open stays shut.
    const reason = error instanceof Error ? error.message : String(error)
    return { isDelivered: false, reason, isFinal: isAssayError(error, 'vault.unreadable') }
  }
}

const mail = ({ config, egress }: Parts, { channel, id, news }: Sending): Promise<Outcome> => {
  const { SMTP_URL: url, SMTP_FROM: from } = config
  if (url === undefined) throw new AssayError('alerts.no_mail', {})
  return sendMail({ egress }, { url, from, to: channel.recipients, id, message: messageOf(news) })
}

const chat = async (parts: Parts, { workspaceId, channel, news }: Sending): Promise<Outcome> => {
  const [url] = await openChannel(parts, workspaceId, channel)
  return post(parts, { url: url!.open(), headers: {}, body: JSON.stringify(slackOf(messageOf(news))) })
}

const webhook = async (parts: Parts, { workspaceId, channel, id, news }: Sending): Promise<Outcome> => {
  const secrets = await openChannel(parts, workspaceId, channel)
  const body = JSON.stringify(webhookOf(news))
  const headers = signedHeaders(
    { id, body, sentAtMs: parts.now() },
    secrets.map((secret) => secret.open()),
  )
  return post(parts, { url: channel.url!, headers, body })
}

/** What the receiver answers is never shown: it may be anything. */
const post = async (
  { egress }: Parts,
  { url, headers, body }: { url: string; headers: Record<string, string>; body: string },
): Promise<Outcome> => {
  const answer = await egress.send({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/json', 'user-agent': 'assay-alerts', ...headers },
    body,
    firstByteTimeoutMs: TIMEOUT_MS,
    idleTimeoutMs: TIMEOUT_MS,
    maxBytes: MOST_ANSWER_BYTES,
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
  await answer.text()
  const { status } = answer
  if (status >= 200 && status < 300) return { isDelivered: true }
  const reason = `the receiver answered ${status}`
  return { isDelivered: false, reason, ...(status === 410 ? { isFinal: true, disables: true } : undefined) }
}
