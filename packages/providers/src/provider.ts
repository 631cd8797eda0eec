import type { ChatRequest, Secret } from '@assay/core'
import type { Egress, HeaderValue } from './egress.ts'
import type { Exchange, Receiver } from './exchange.ts'

/** One request to one provider, in the chat completions dialect. */
export type ChatCall = {
  /** As the provider names it. */
  model: string
  request: ChatRequest
  /** The request as it is sent, with the provider's name of the model. */
  body: Uint8Array | string
  baseUrl: string | null
  secret: Secret | null
  /** Headers of the caller that travel on. */
  headers?: Record<string, string>
  /** Whose call it is, for providers that count. */
  caller: string
  firstByteTimeoutMs?: number
  idleTimeoutMs?: number
}

/** How one kind of model API is spoken to. Its answer is bytes of the chat completions dialect, JSON or a stream. */
export type Provider = {
  name: string
  /** False: it answers without any credential. */
  needsCredential: boolean
  /** Where it is when nobody says otherwise; null: the credential says. */
  defaultBaseUrl: string | null
  start(call: ChatCall, egress: Egress, receiver: Receiver): Exchange
}

/** A provider that is reached over HTTP: where, and what it wants in the headers. */
export const defineProvider = (definition: {
  name: string
  defaultBaseUrl: string | null
  path: string
  headers: (secret: Secret) => Record<string, HeaderValue>
}): Provider => ({
  name: definition.name,
  needsCredential: true,
  defaultBaseUrl: definition.defaultBaseUrl,
  start: (call, egress, receiver) =>
    egress.dispatch(
      {
        method: 'POST',
        url: (call.baseUrl ?? definition.defaultBaseUrl ?? '') + definition.path,
        headers: {
          'content-type': 'application/json',
          ...call.headers,
          ...(call.secret ? definition.headers(call.secret) : undefined),
        },
        body: call.body,
        ...(call.firstByteTimeoutMs === undefined ? undefined : { firstByteTimeoutMs: call.firstByteTimeoutMs }),
        ...(call.idleTimeoutMs === undefined ? undefined : { idleTimeoutMs: call.idleTimeoutMs }),
      },
      receiver,
    ),
})
