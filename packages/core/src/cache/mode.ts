import { z } from 'zod'
import type { ChatRequest } from '../gateway/chat.ts'
import type { CachePolicy } from '../gateway/key-policy.ts'

/** What `x-assay-cache` may say. */
export const cacheModes = ['on', 'off', 'refresh', 'only'] as const
export const CacheMode = z.enum(cacheModes)
export type CacheMode = z.infer<typeof CacheMode>

/** How long an answer is kept when nobody says, and the longest. */
export const DEFAULT_CACHE_TTL_SECONDS = 86_400
export const MAX_CACHE_TTL_SECONDS = 30 * 86_400

/** The largest answer that is kept. */
export const MAX_CACHED_BYTES = 1024 * 1024

/** What one call asks of the cache in its headers. */
export type CacheOptions = { mode: CacheMode | null; ttlSeconds: number | null }

/**
 * What the cache is to do for a request. The header says it first, the key's policy next; without either it is used
 * where an answer should not vary: at temperature 0.
 */
export const cacheModeOf = (
  request: Pick<ChatRequest, 'temperature'>,
  { mode }: Pick<CacheOptions, 'mode'>,
  policy: Pick<CachePolicy, 'mode'> | null,
): CacheMode => mode ?? policy?.mode ?? (request.temperature === 0 ? 'on' : 'off')

/** How long the answer to a request is kept. */
export const cacheTtlOf = ({ ttlSeconds }: Pick<CacheOptions, 'ttlSeconds'>, policy: CachePolicy | null): number =>
  Math.min(ttlSeconds ?? policy?.ttlSeconds ?? DEFAULT_CACHE_TTL_SECONDS, MAX_CACHE_TTL_SECONDS)

/** Why an answer to this request must not be given twice, whoever wants it; null when it may be. */
export const uncacheableBecause = (request: ChatRequest): string | null => {
  if (request.tools?.some(({ type }) => type !== 'function' && type !== 'custom')) return 'a tool of the provider'
  for (const [field, why] of unrepeatable) {
    const value = request[field]
    if (value !== undefined && value !== null && value !== false) return why
  }
  return null
}

/** Fields whose answers depend on the moment or on a state elsewhere, or hold what no replay can give again. */
const unrepeatable: readonly (readonly [field: string, why: string])[] = [
  ['web_search_options', 'a search of the moment'],
  ['previous_response_id', 'a state at the provider'],
  ['conversation', 'a state at the provider'],
  ['background', 'a job at the provider'],
  ['audio', 'an answer in sound'],
  ['logprobs', 'probabilities of tokens'],
]
