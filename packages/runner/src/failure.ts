import { isAssayError } from '@assay/core'

/** What an error of a call means for the next one. */
export type CallFailure = {
  /** Asking again may help. */
  isPassing: boolean
  /** The provider has too much to do: fewer calls at once. */
  isOverload: boolean
  /** How long the provider asked us to wait. */
  retryAfterMs: number | null
}

const overloadStatuses = new Set([429, 503, 529])
const passingStatuses = new Set([408, 425, 429, 500, 502, 503, 504, 529])

/** Reads an error of a call; what the caller did wrong does not pass by waiting. */
export const failureOf = (error: unknown): CallFailure => {
  const details = isAssayError(error) ? (error.details as ProviderDetails) : {}
  const status = details.providerStatus ?? null
  const isUnreachable = isAssayError(error, 'gateway.provider_unreachable') || details.isUnreachable === true
  const isTimeout = isAssayError(error, 'gateway.timeout')
  const isBroken = isAssayError(error, 'gateway.provider_failed') && status === null
  return {
    isPassing: isUnreachable || isTimeout || isBroken || (status !== null && passingStatuses.has(status)),
    isOverload: isUnreachable || (status !== null && overloadStatuses.has(status)),
    retryAfterMs: details.retryAfterMs ?? null,
  }
}

type ProviderDetails = { providerStatus?: number; retryAfterMs?: number; isUnreachable?: boolean }
