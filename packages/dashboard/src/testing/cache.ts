import {
  CacheEntry,
  DAY_MS,
  Feedback,
  HOUR_MS,
  measuredOf,
  MINUTE_MS,
  qualityScoreOf,
  timestamp,
  type Api,
  type ContractReply,
  type InvalidationReason,
  type Measured,
  type NearDuplicateMode,
} from '@assay/core'
import { createRandom, idOf } from './random.ts'

const stories: [prompt: string, model: string, hits: number, up: number, down: number, reason?: InvalidationReason][] =
  [
    ['Which fields must an invoice have?', 'gpt-4o', 412, 7, 1],
    ['Translate the return policy into Portuguese', 'claude-sonnet-4-5', 96, 2, 0],
    ['Summarise the shipping terms in one sentence', 'gpt-4o-mini', 58, 0, 0],
    ['What is the VAT rate for books in Spain?', 'gpt-4o', 31, 1, 3],
    ['Write a greeting for a new customer', 'small-instruct', 12, 0, 1, 'downvotes'],
    ['List the opening hours of all shops', 'gpt-4o-mini', 4, 0, 0, 'expired'],
    ['<img src=x onerror=alert(1)> describe this', 'small-instruct', 0, 0, 0],
  ]

/** Kept answers in every state that one can be in. */
export const makeCacheEntries = (now: number): CacheEntry[] =>
  stories.map(([promptPreview, model, hitCount, upvotes, downvotes, reason], index) => {
    const pinned = index === 0 || index === 3
    const costNanoUsd = model === 'small-instruct' ? null : 1_250_000 * (index + 1)
    return CacheEntry.parse({
      key: index.toString(16).padStart(64, 'ab'),
      requestId: idOf(1, index),
      promptPreview,
      promptHash: 'c0ffee',
      provider: model.startsWith('claude') ? 'anthropic' : model === 'small-instruct' ? 'compatible' : 'openai',
      model,
      complexity: 'simple',
      finishReason: 'stop',
      maxTokens: null,
      inputTokens: 120,
      outputTokens: 340,
      costNanoUsd,
      savedNanoUsd: hitCount * (costNanoUsd ?? 0),
      latencyMs: 1_850,
      sizeBytes: 4_200,
      tags: index === 0 ? { team: 'billing' } : {},
      createdAt: timestamp(now - (index + 2) * HOUR_MS),
      lastAccessedAt: timestamp(now - (index + 1) * 7 * MINUTE_MS),
      expiresAt: timestamp(now + DAY_MS - index * HOUR_MS),
      hitCount,
      upvotes,
      downvotes,
      qualityScore: qualityScoreOf({ upvotes, downvotes }),
      pinned,
      flagged: pinned && downvotes > upvotes,
      invalidated: reason !== undefined,
      invalidationReason: reason ?? null,
    })
  })

/** The figures of the cache over a period. */
export const makeCacheSummary = (
  hours: number,
  now: number,
  isEmpty: boolean,
): ContractReply<Api['getCacheSummary']> => {
  const random = createRandom(17)
  const bucketMs = hours <= 72 ? HOUR_MS : DAY_MS
  const to = Math.floor(now / HOUR_MS) * HOUR_MS + HOUR_MS
  const points = Array.from({ length: Math.ceil((hours * HOUR_MS) / bucketMs) }, (_, index) => {
    const isQuiet = isEmpty || index % 11 === 3
    const hits = isQuiet ? 0 : random.between(5, 60)
    return {
      at: timestamp(to - (Math.ceil((hours * HOUR_MS) / bucketMs) - index) * bucketMs),
      hits,
      misses: isQuiet ? 0 : random.between(20, 80),
      savedNanoUsd: hits * 1_400_000,
    }
  })
  const sum = (name: 'hits' | 'misses' | 'savedNanoUsd'): number =>
    points.reduce((total, point) => total + point[name], 0)
  return {
    from: timestamp(to - hours * HOUR_MS),
    to: timestamp(to),
    entries: isEmpty ? 0 : 5,
    sizeBytes: isEmpty ? 0 : 29_400,
    hits: sum('hits'),
    misses: sum('misses'),
    savedNanoUsd: sum('savedNanoUsd'),
    savedMs: sum('hits') * 1_850,
    points,
    invalidated: isEmpty ? {} : { downvotes: 1, expired: 1 },
    nearDuplicates: measured('suggest', isEmpty),
  }
}

export const measured = (mode: NearDuplicateMode, isEmpty: boolean): Measured =>
  measuredOf(
    mode,
    isEmpty ? { candidates: 0, measured: 0, falseHits: 0 } : { candidates: 260, measured: 214, falseHits: 1 },
  )

/** Voices of every kind. */
export const makeFeedback = (now: number): Feedback[] =>
  (['down', 'up', 'neutral', 'up'] as const).map((vote, index) =>
    Feedback.parse({
      id: idOf(7, index),
      requestId: idOf(1, index),
      cacheKey: null,
      voter: `key:${idOf(8, 1)}`,
      vote,
      rating: index === 2 ? 3 : null,
      comment: index === 0 ? 'The VAT rate is wrong: books are at 4 %.' : null,
      corrected: null,
      userAgent: 'app/1.0',
      createdAt: timestamp(now - (index + 1) * 23 * MINUTE_MS),
    }),
  )
