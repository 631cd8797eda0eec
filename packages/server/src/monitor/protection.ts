import { isAssayError, type Complete } from '@assay/core'

/** Statuses of a provider that another try may cure. */
const RETRIED = new Set([408, 409, 429, 500, 502, 503, 504, 529])
const MOST_RETRIES = 2
const FALLBACK = 'sim/echo'

/** What stands between a fault and the application, the outermost first: another model, then another try. */
export const protect = (complete: Complete): Complete =>
  [withRetries, withFallback].reduce((next, wrap) => wrap(next), complete)

/** Tries the same model again where that may help; a simulated provider needs no pause between. */
const withRetries =
  (next: Complete): Complete =>
  async (request, options) => {
    for (let retries = 0; ; retries++) {
      try {
        return await next(request, options)
      } catch (error) {
        if (retries === MOST_RETRIES || !isWorthAnotherTry(error)) throw error
      }
    }
  }

/** Asks the simulator's echo when the model has failed for good. */
const withFallback =
  (next: Complete): Complete =>
  async (request, options) => {
    try {
      return await next(request, options)
    } catch (error) {
      if (!isProviderFault(error)) throw error
      return next({ ...request, model: FALLBACK }, options)
    }
  }

const isProviderFault = (error: unknown): boolean =>
  isAssayError(error, 'gateway.provider_failed') ||
  isAssayError(error, 'gateway.provider_unreachable') ||
  isAssayError(error, 'gateway.timeout')

const isWorthAnotherTry = (error: unknown): boolean => {
  if (isAssayError(error, 'gateway.provider_failed')) {
    const { providerStatus } = error.details
    return providerStatus === undefined || RETRIED.has(providerStatus)
  }
  return isAssayError(error, 'gateway.provider_unreachable')
}
