import { z } from 'zod'
import { Timestamp } from '../clock.ts'
import { contract } from '../contract.ts'
import { NanoUsd } from '../money.ts'
import { PageQuery, pageOf } from '../page.ts'
import { CacheEntry, CacheEntryWithAnswer, CacheKey } from './entry.ts'
import { Feedback, FeedbackReply, GivenFeedback } from './feedback.ts'
import { MAX_CACHE_TTL_SECONDS } from './mode.ts'
import { Measured, NearDuplicateMode } from './near-duplicate.ts'
import { Vote } from './vote.ts'

const KeyParams = z.strictObject({ key: CacheKey })
const reading = { who: 'person', role: 'viewer', scope: 'read' } as const
const writing = { who: 'person', role: 'member', scope: 'write' } as const

/** What a list of kept answers may be ordered by. */
export const cacheSorts = ['saved', 'hits', 'quality', 'recent'] as const
export const cacheEntryStates = ['valid', 'invalidated', 'pinned', 'flagged'] as const

export const listCache = contract({
  method: 'get',
  path: '/api/v1/cache',
  access: reading,
  summary: 'The kept answers, without their text',
  query: PageQuery.extend({
    sort: z.enum(cacheSorts).default('saved').describe('Money saved, hits, quality score, or last access.'),
    order: z.enum(['desc', 'asc']).default('desc'),
    state: z.enum(cacheEntryStates).optional(),
    model: z.string().max(256).optional(),
    text: z.string().max(200).optional().describe('Part of the prompt preview.'),
  }),
  reply: pageOf(CacheEntry),
})

export const getCacheSummary = contract({
  method: 'get',
  path: '/api/v1/cache/summary',
  access: reading,
  summary: 'What the cache holds and what it saved',
  query: z.strictObject({
    hours: z.coerce.number().int().min(1).max(9_600).default(24).describe('Length of the period up to now.'),
  }),
  reply: z.object({
    from: Timestamp,
    to: Timestamp,
    entries: z.int().describe('Answers that can be given now.'),
    sizeBytes: z.int(),
    hits: z.int(),
    misses: z.int(),
    savedNanoUsd: NanoUsd,
    savedMs: z.number().describe('The latencies that nobody waited for.'),
    points: z.array(z.object({ at: Timestamp, hits: z.int(), misses: z.int(), savedNanoUsd: NanoUsd })),
    invalidated: z.record(z.string(), z.int()).describe('Kept answers no longer given, by reason.'),
    nearDuplicates: Measured,
  }),
})

export const getCacheEntry = contract({
  method: 'get',
  path: '/api/v1/cache/{key}',
  access: reading,
  summary: 'One kept answer with its text',
  params: KeyParams,
  reply: CacheEntryWithAnswer,
})

export const updateCacheEntry = contract({
  method: 'patch',
  path: '/api/v1/cache/{key}',
  access: writing,
  summary: 'Pin a kept answer, or give it another time to live, counted from now',
  params: KeyParams,
  body: z
    .strictObject({
      pinned: z.boolean().optional(),
      ttlSeconds: z.int().min(1).max(MAX_CACHE_TTL_SECONDS).optional(),
    })
    .refine((changes) => Object.keys(changes).length > 0, 'needs something to change'),
  reply: CacheEntry,
})

export const removeCacheEntry = contract({
  method: 'delete',
  path: '/api/v1/cache/{key}',
  access: writing,
  summary: 'Remove a kept answer with everything known of it; its votes stay with their requests',
  params: KeyParams,
  reply: CacheEntry,
})

export const invalidateCache = contract({
  method: 'post',
  path: '/api/v1/cache/invalidate',
  access: writing,
  summary: 'Stop giving the kept answers that fit all of what is named',
  body: z
    .strictObject({
      model: z.string().min(1).max(256).optional().describe('`gpt-4o` or `openai/gpt-4o`.'),
      tag: z.string().min(1).max(64).optional().describe('`name` or `name=value`.'),
      olderThan: Timestamp.optional(),
      keys: z.array(CacheKey).min(1).max(1_000).optional(),
      all: z.literal(true).optional(),
    })
    .refine((filter) => Object.keys(filter).length > 0, 'needs model, tag, olderThan, keys or all: true'),
  reply: z.object({ count: z.int() }),
})

export const getCacheSettings = contract({
  method: 'get',
  path: '/api/v1/cache/settings',
  access: reading,
  summary: 'How near-duplicates are treated, and what was measured of them',
  reply: Measured,
})

export const updateCacheSettings = contract({
  method: 'patch',
  path: '/api/v1/cache/settings',
  access: { who: 'person', role: 'admin', scope: 'admin' },
  summary: 'Choose how near-duplicates are treated',
  body: z.strictObject({ nearDuplicates: NearDuplicateMode }),
  reply: Measured,
})

export const giveFeedback = contract({
  method: 'post',
  path: '/api/v1/feedback',
  access: { who: 'person', role: 'member', scope: 'inference' },
  summary: 'Vote on the answer of a request; a second voice of one voter takes the place of the first',
  body: GivenFeedback,
  reply: FeedbackReply,
})

export const listFeedback = contract({
  method: 'get',
  path: '/api/v1/feedback',
  access: reading,
  summary: 'Feedback, newest first, of one request or of all',
  query: PageQuery.extend({
    requestId: z.uuid().optional(),
    cacheKey: CacheKey.optional(),
    vote: Vote.optional(),
  }),
  reply: pageOf(Feedback),
})
