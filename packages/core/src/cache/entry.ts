import { z } from 'zod'
import { Timestamp } from '../clock.ts'
import { FinishReason } from '../gateway/chat.ts'
import { Complexity } from '../gateway/request.ts'
import { NanoUsd } from '../money.ts'

/** Why a kept answer is no longer given. */
export const invalidationReasons = ['downvotes', 'manual', 'expired', 'model_retired', 'guard'] as const
export const InvalidationReason = z.enum(invalidationReasons)
export type InvalidationReason = z.infer<typeof InvalidationReason>

/** The SHA-256 of everything that decides the answer, in hex. */
export const CacheKey = z.string().regex(/^[0-9a-f]{64}$/, 'is not a cache key: 64 hex characters')

/** An answer that is kept to be given again, without its text. */
export const CacheEntry = z.object({
  key: CacheKey,
  requestId: z.uuid().describe('The request whose answer it is.'),
  promptPreview: z.string().describe('At most 200 characters, redacted.'),
  promptHash: z.string(),
  provider: z.string(),
  model: z.string(),
  complexity: Complexity.nullable(),
  finishReason: FinishReason,
  maxTokens: z.int().nullable(),
  inputTokens: z.int(),
  outputTokens: z.int(),
  costNanoUsd: NanoUsd.nullable().describe('What the answer cost once; null when the model has no price.'),
  savedNanoUsd: NanoUsd.describe('What its hits did not cost.'),
  latencyMs: z.number().describe('How long the answer took when it was made.'),
  sizeBytes: z.int(),
  tags: z.record(z.string(), z.string()),
  createdAt: Timestamp,
  lastAccessedAt: Timestamp,
  expiresAt: Timestamp,
  hitCount: z.int(),
  upvotes: z.int(),
  downvotes: z.int(),
  qualityScore: z.number().describe('(upvotes + 1) / (upvotes + downvotes + 2).'),
  pinned: z.boolean().describe('Goes last when room is needed, and votes only flag it.'),
  flagged: z.boolean().describe('Pinned although more voices reject it than want it.'),
  invalidated: z.boolean(),
  invalidationReason: InvalidationReason.nullable(),
})
export type CacheEntry = z.infer<typeof CacheEntry>

/** The same with the answer: one chat completion, whatever dialect it was asked in. */
export const CacheEntryWithAnswer = CacheEntry.extend({
  promptNormalized: z.string().nullable().describe('Only where requests are kept in full.'),
  answer: z.looseObject({}).describe('A chat completion as JSON.'),
})
export type CacheEntryWithAnswer = z.infer<typeof CacheEntryWithAnswer>
