/** How patient the gateway is with providers. */
export type Patience = {
  /** Further tries of one candidate. */
  mostRetries: number
  /** Tries of all candidates together. */
  mostAttempts: number
  backoffMs: number
  longestBackoffMs: number
  /** A provider that asks for more is left alone. */
  longestRetryAfterMs: number
  firstContentMs: number
  idleMs: number
  /** From the request to the last byte of its answer, unless the caller wants less. */
  wholeMs: number
  /** So long the beginning of a stream waits for content before the caller sees it all the same. */
  holdMs: number
}

export const defaultPatience: Patience = {
  mostRetries: 2,
  mostAttempts: 8,
  backoffMs: 250,
  longestBackoffMs: 8_000,
  longestRetryAfterMs: 20_000,
  firstContentMs: 60_000,
  idleMs: 60_000,
  wholeMs: 600_000,
  holdMs: 15_000,
}

/** How one try of a candidate failed. */
export type FailedTry = {
  /** HTTP status of the provider; null when none came. */
  status: number | null
  /** Of our catalogue. */
  code: string
  message: string
  /** What was waited for, when the time was up. */
  stage: string | null
  providerCode: string | null
  providerType: string | null
  retryAfterMs: number | null
}

/** What comes after a failed try. */
export type Step =
  /** The same candidate once more. */
  | { kind: 'retry'; delayMs: number }
  /** The next candidate. */
  | { kind: 'next' }
  /** The next candidate that holds more than this one. */
  | { kind: 'larger' }
  | { kind: 'fail' }

/** Statuses after which the same call may well succeed. 409 is a lock; 529 is Anthropic's word for overloaded. */
const passing: ReadonlySet<number> = new Set([408, 409, 429, 500, 502, 503, 504, 529])

/** Statuses that say something of this provider or its credential, and nothing of the request. */
const itsOwn: ReadonlySet<number> = new Set([401, 402, 403, 404, 408, 409, 429])

/** Refusals of what is asked, whoever is asked. */
const ofTheContent = /^(?:content_policy_violation|content_filter|moderation_blocked|safety|cyber_policy)/i

const ofTheQuota = /insufficient_quota|billing|quota_exceeded|credit_balance|payment_required/i
const quotaWords = /exceeded your current quota|credit balance|billing|out of credits/i

const contextWords =
  /context[ _]length|context[ _]window|maximum context|prompt is too long|input token count|too many (?:input )?tokens|exceeds? the (?:model's )?(?:maximum|context)/i

/** Decides what comes after a failed try that the caller has seen nothing of. */
export const recoverFrom = (
  tried: FailedTry,
  state: { retries: number; attempts: number; leftMs: number; random: () => number },
  patience: Patience = defaultPatience,
): Step => {
  if (state.attempts >= patience.mostAttempts || isOfTheContent(tried)) return { kind: 'fail' }
  if (isContextTooLong(tried)) return { kind: 'larger' }
  const delayMs = isPassing(tried) && state.retries < patience.mostRetries ? delayOf(tried, state, patience) : null
  if (delayMs !== null && delayMs < state.leftMs) return { kind: 'retry', delayMs }
  return { kind: isOnlyItsOwn(tried) ? 'next' : 'fail' }
}

/** Whether it says that the provider is not well, as its circuit breaker counts it. */
export const isFailureOfProvider = ({ status, code }: Pick<FailedTry, 'status' | 'code'>): boolean => {
  if (status === null) return ofTheProvider.has(code)
  return status < 400 || status >= 500 || status === 408
}

/** Whether the provider asks to come again later, rather than never or next month. */
export const isRateLimited = (tried: FailedTry): boolean =>
  tried.status === 429 && !isQuota(tried) && !isOfTheContent(tried)

const ofTheProvider: ReadonlySet<string> = new Set([
  'gateway.provider_failed',
  'gateway.provider_unreachable',
  'gateway.timeout',
])

const isPassing = (tried: FailedTry): boolean => {
  if (tried.status !== null) return passing.has(tried.status) && !isQuota(tried)
  if (tried.code === 'gateway.timeout') return tried.stage === 'a connection'
  return tried.code === 'gateway.provider_unreachable' || tried.code === 'gateway.provider_failed'
}

const isOnlyItsOwn = ({ status, code }: FailedTry): boolean => {
  if (status === null || status < 400) return code !== 'egress.bad_url'
  return status >= 500 || itsOwn.has(status)
}

/** A quota comes back next month; a rate that says when to come again comes back then. */
const isQuota = ({ providerCode, providerType, message, retryAfterMs }: FailedTry): boolean =>
  ofTheQuota.test(`${providerCode} ${providerType}`) || (retryAfterMs === null && quotaWords.test(message))

const isOfTheContent = ({ status, providerCode, providerType }: FailedTry): boolean =>
  status !== null && (ofTheContent.test(providerCode ?? '') || ofTheContent.test(providerType ?? ''))

const isContextTooLong = ({ status, providerCode, message }: FailedTry): boolean =>
  status !== null &&
  status >= 400 &&
  status < 500 &&
  status !== 429 &&
  (providerCode === 'context_length_exceeded' || contextWords.test(message))

/** Full jitter, so that those who failed together do not come back together; null: longer than is waited. */
const delayOf = (
  { retryAfterMs }: FailedTry,
  { retries, random }: { retries: number; random: () => number },
  { backoffMs, longestBackoffMs, longestRetryAfterMs }: Patience,
): number | null => {
  if (retryAfterMs !== null) return retryAfterMs <= longestRetryAfterMs ? retryAfterMs : null
  return random() * Math.min(longestBackoffMs, backoffMs * 2 ** retries)
}
