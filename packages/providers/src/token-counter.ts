import type { ChatRequest, CredentialOptions, Secret } from '@assay/core'
import type { Egress } from './egress.ts'
import type { EgressAnswer } from './egress-answer.ts'

/** How a provider is asked for the number of tokens that a request puts in. */
export type TokenCounter = {
  path: (model: string) => string
  /** Throws `gateway.untranslatable` as a request for an answer would. */
  encode: (request: ChatRequest, model: string) => object
  /** Null: the answer tells no number. */
  read: (answer: unknown) => number | null
}

/** One count: of a request, or of the caller's own bytes where the provider speaks as the caller does. */
export type CountCall = {
  model: string
  request: ChatRequest
  native: { body: Uint8Array; headers: Record<string, string> | undefined } | null
  baseUrl: string | null
  secret: Secret | null
  options?: CredentialOptions
  signal: AbortSignal
}

/** Asks a provider to count; what it answers is read by its counter. */
export type Count = (call: CountCall, egress: Egress) => Promise<EgressAnswer>
