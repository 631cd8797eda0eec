import { z } from 'zod'
import { Timestamp } from '../clock.ts'
import { CacheKey } from './entry.ts'
import { Vote } from './vote.ts'

export const MAX_COMMENT_CHARACTERS = 2_000
export const MAX_CORRECTED_CHARACTERS = 32_768

/** One voice on one answer; a voter has one for each request, and the last one counts. */
export const Feedback = z.object({
  id: z.uuid(),
  requestId: z.uuid(),
  cacheKey: CacheKey.nullable().describe('The kept answer it counts for; null when there is none, or no longer.'),
  voter: z.string().describe('`person:…`, `key:…`, or a key and the HMAC of its user.'),
  vote: Vote,
  rating: z.int().min(1).max(5).nullable(),
  comment: z.string().nullable(),
  corrected: z.string().nullable().describe('The answer that was wanted instead.'),
  userAgent: z.string().nullable(),
  createdAt: Timestamp,
})
export type Feedback = z.infer<typeof Feedback>

/** What somebody says of an answer: a vote or a rating, one of them. */
export const GivenFeedback = z
  .strictObject({
    requestId: z.uuid(),
    vote: z.enum(['up', 'down']).optional(),
    rating: z.int().min(1).max(5).optional().describe('4 and 5 count as up, 1 and 2 as down, 3 as neither.'),
    comment: z.string().max(MAX_COMMENT_CHARACTERS).optional(),
    corrected: z
      .string()
      .min(1)
      .max(MAX_CORRECTED_CHARACTERS)
      .optional()
      .describe('The answer that was wanted: what the test of a rejected one will expect.'),
  })
  .refine(({ vote, rating }) => (vote === undefined) !== (rating === undefined), {
    message: 'needs either a vote or a rating',
    path: ['vote'],
  })
export type GivenFeedback = z.infer<typeof GivenFeedback>

/** What came of a voice. */
export const FeedbackReply = z.object({
  feedback: Feedback,
  cache: z
    .object({ key: CacheKey, upvotes: z.int(), downvotes: z.int(), qualityScore: z.number(), invalidated: z.boolean() })
    .nullable()
    .describe('The kept answer as it stands now; null when the answer is not kept.'),
  testCase: z
    .object({ method: z.literal('post'), path: z.string() })
    .nullable()
    .describe('Where a rejected answer becomes a regression test; null for one that is not rejected.'),
  failure: z
    .object({ groupId: z.uuid(), testId: z.uuid().nullable() })
    .nullable()
    .describe('The failure that a rejection was counted as, and the test of its group.'),
  golden: z
    .object({ id: z.uuid(), ups: z.int() })
    .nullable()
    .describe('The offer that comes of a prompt whose answer was liked often enough.'),
})
export type FeedbackReply = z.infer<typeof FeedbackReply>
