import { failureOf, type CallFailure } from './failure.ts'

/** How often and how long is waited before a call is made again. */
export type RetryOptions = {
  retries: number
  random: () => number
  sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>
  onAttempt?: (attempt: number) => void
  onFailure?: (failure: CallFailure) => void
}

const BASE_MS = 500
const MAX_MS = 30_000

/** A call that may be made again. */
export type Call<Request, Reply> = (request: Request, options: { signal: AbortSignal }) => Promise<Reply>

/** Asks again after errors that pass: full jitter, and never before the provider's `Retry-After`. */
export const withRetry =
  <Request, Reply>(
    next: Call<Request, Reply>,
    { retries, random, sleep, onAttempt, onFailure }: RetryOptions,
  ): Call<Request, Reply> =>
  async (request, options) => {
    for (let attempt = 1; ; attempt++) {
      onAttempt?.(attempt)
      try {
        return await next(request, options)
      } catch (error) {
        const failure = failureOf(error)
        onFailure?.(failure)
        if (attempt > retries || !failure.isPassing || options.signal.aborted) throw error
        await sleep(waitMs(attempt, failure, random), options.signal)
      }
    }
  }

const waitMs = (attempt: number, { retryAfterMs }: CallFailure, random: () => number): number => {
  const jitter = random() * Math.min(MAX_MS, BASE_MS * 2 ** (attempt - 1))
  // Those that were told the same moment must not all come at it.
  return retryAfterMs === null ? jitter : retryAfterMs + jitter / 4
}
