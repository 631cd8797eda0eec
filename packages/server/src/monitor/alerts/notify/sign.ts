import { createHmac } from 'node:crypto'

const PREFIX = 'whsec_'

/** A new secret in the form of Standard Webhooks: 32 random bytes. */
export const mintWebhookSecret = (randomBytes: (size: number) => Uint8Array): string =>
  PREFIX + Buffer.from(randomBytes(32)).toString('base64')

/** The headers by which a receiver knows a message as ours; while a secret changes, both sign. */
export const signedHeaders = (
  { id, body, sentAtMs }: { id: string; body: string; sentAtMs: number },
  secrets: readonly string[],
): Record<string, string> => {
  const timestamp = String(Math.floor(sentAtMs / 1_000))
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(PREFIX.length), 'base64')
    return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`
  })
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') }
}
