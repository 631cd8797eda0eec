/** Headers of a request, as `fetch` or Node have them. */
export type WebhookHeaders = Headers | Record<string, string | string[] | undefined>

/** What a receiver learns of a message: whether it is ours, and its id, the same on each try. */
export type VerifiedWebhook = { isValid: true; id: string } | { isValid: false; reason: string }

const TOLERANCE_SECONDS = 300

/**
 * Verifies a message by the Standard Webhooks rules: signed with one of the secrets and not older or newer than five
 * minutes. Take the body as it came, before it is parsed; a message may come twice, so keep the ids you have seen.
 */
export const verifyWebhook = async (
  headers: WebhookHeaders,
  rawBody: string,
  secrets: string | readonly string[],
  { nowMs = Date.now() }: { nowMs?: number } = {},
): Promise<VerifiedWebhook> => {
  const [id, timestamp, signatures] = ['id', 'timestamp', 'signature'].map((name) => read(headers, `webhook-${name}`))
  if (!id || !timestamp || !signatures) return { isValid: false, reason: 'a webhook header is missing' }
  const sentAt = /^\d{1,12}$/.test(timestamp) ? Number(timestamp) : Number.NaN
  if (!(Math.abs(nowMs / 1_000 - sentAt) <= TOLERANCE_SECONDS)) {
    return { isValid: false, reason: 'the message is too old or from the future' }
  }
  const given = signatures
    .split(' ')
    .filter((signature) => signature.startsWith('v1,'))
    .map((signature) => bytesOf(signature.slice(3)))
  const signed = new TextEncoder().encode(`${id}.${timestamp}.${rawBody}`)
  for (const secret of [secrets].flat()) {
    const key = await crypto.subtle.importKey(
      'raw',
      bytesOf(secret.replace(/^whsec_/, '')),
      { name: 'HMAC', hash: 'SHA-256' },
      false,
      ['verify'],
    )
    // The platform compares in constant time.
    for (const signature of given) {
      if (await crypto.subtle.verify('HMAC', key, signature, signed)) return { isValid: true, id }
    }
  }
  return { isValid: false, reason: 'no signature fits' }
}

const read = (headers: WebhookHeaders, name: string): string | null => {
  if (headers instanceof Headers) return headers.get(name)
  const value = headers[name]
  return (Array.isArray(value) ? value[0] : value) ?? null
}

/** Base64 as bytes; what is none becomes nothing, which no signature fits. */
const bytesOf = (text: string): Uint8Array<ArrayBuffer> => {
  try {
    return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))
  } catch {
    return new Uint8Array(0)
  }
}
