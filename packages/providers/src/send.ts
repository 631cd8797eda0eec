import type { IncomingHttpHeaders } from 'node:http'
import { AssayError, isAssayError, SECOND_MS } from '@assay/core'
import type { Egress } from './egress.ts'
import { EgressError } from './egress-error.ts'
import type { Exchange, Receiver } from './exchange.ts'
import type { ChatCall, Provider } from './provider.ts'
import type { Refusal } from './refusal.ts'

/** What an error of a call is told about. */
export type CallPlace = { provider: string; model: string; baseUrl: string | null; timeoutMs?: number }

/** Starts a call to a provider; what is thrown on the way, such as `egress.denied`, comes as a failure too. */
export const startChat = (provider: Provider, call: ChatCall, egress: Egress, receiver: Receiver): Exchange => {
  try {
    return provider.start(call, egress, receiver)
  } catch (error) {
    queueMicrotask(() => receiver.onFailure(error instanceof Error ? error : new Error(String(error))))
    return { abort: () => {}, pause: () => {}, resume: () => {}, mask: (text) => text }
  }
}

/** An error of the network as the error of the catalogue that names the provider. */
export const providerErrorOf = (error: Error, place: CallPlace): AssayError => {
  const { provider, model } = place
  if (isAssayError(error)) return error
  if (!(error instanceof EgressError)) {
    return new AssayError('gateway.provider_failed', { provider, model, reason: error.message }, { cause: error })
  }
  if (error.fault === 'timeout') {
    const timeoutMs = place.timeoutMs ?? 60_000
    return new AssayError('gateway.timeout', { provider, model, stage: error.stage, timeoutMs }, { cause: error })
  }
  if (error.fault === 'unreachable') {
    const origin = place.baseUrl && URL.canParse(place.baseUrl) ? new URL(place.baseUrl).origin : provider
    return new AssayError('gateway.provider_unreachable', { provider, origin, reason: error.message }, { cause: error })
  }
  return new AssayError('gateway.provider_failed', { provider, model, reason: error.message }, { cause: error })
}

/** A provider's refusal as the error of the catalogue. */
export const refusalErrorOf = (
  { status, headers, refusal }: { status: number; headers: IncomingHttpHeaders; refusal: Refusal },
  { provider, model }: CallPlace,
): AssayError<'gateway.provider_failed'> => {
  const retryAfterMs = retryAfterOf(headers)
  return new AssayError('gateway.provider_failed', {
    provider,
    model,
    reason: `HTTP ${status}: ${refusal.message.replace(/\.$/, '')}`,
    providerStatus: status,
    ...(refusal.code === null ? undefined : { providerCode: refusal.code }),
    ...(refusal.type === null ? undefined : { providerType: refusal.type }),
    ...(retryAfterMs === null ? undefined : { retryAfterMs }),
  })
}

/** How long a provider asks to be left alone, when it says so in seconds; a date depends on its clock and is left out. */
const retryAfterOf = ({ 'retry-after': seconds }: IncomingHttpHeaders): number | null =>
  seconds !== undefined && /^\d{1,6}(\.\d+)?$/.test(seconds) ? Math.ceil(Number(seconds) * SECOND_MS) : null
