import type { IncomingHttpHeaders } from 'node:http'
import { AssayError } from '@assay/core'
import { readRefusal, refusalErrorOf, refusalOf, type CallPlace, type ReplyReader } from '@assay/providers'
import type { Fault } from './fault.ts'

const MOST_REASON_CHARACTERS = 32_768

/** The fault of an answer with a bad status; its text is free of secrets already. */
export const faultOfRefusal = (
  { status, headers, text }: { status: number; headers: IncomingHttpHeaders; text: string },
  place: CallPlace,
): Fault => {
  const refusal = readRefusal(status, text)
  return { error: refusalErrorOf({ status, headers, refusal }, place), status, refusal, headers }
}

/** The fault of an answer that began well; an error inside it keeps the provider's words. */
export const faultInside = (
  given: { reason: string; reply: ReplyReader; status: number; mask: (text: string) => string },
  place: { provider: string; model: string },
): Fault => {
  const { reason, reply, status } = given
  const fitting = (text: string): string => given.mask(text).slice(0, MOST_REASON_CHARACTERS)
  const found = reply.error === null ? null : refusalOf({ error: reply.error })
  const refusal = found && { ...found, message: fitting(found.message) }
  const error = new AssayError('gateway.provider_failed', {
    ...place,
    reason: fitting(reason),
    ...(refusal?.code ? { providerCode: refusal.code } : undefined),
    ...(refusal?.type ? { providerType: refusal.type } : undefined),
  })
  return { error, status, refusal, headers: {} }
}
