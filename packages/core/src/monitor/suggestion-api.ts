import { z } from 'zod'
import { Timestamp } from '../clock.ts'
import { contract } from '../contract.ts'
import { NanoUsd } from '../money.ts'
import { IdParams } from '../page.ts'
import { Expected } from './regression-test.ts'

export const suggestionRules = [
  'passes_on_recorded',
  'equality_on_prose',
  'no_effective_assertion',
  'duplicate',
  'unpinned_model',
  'no_time_limit',
  'proposed',
] as const

/** What a suggestion would change, and to what; `retired` puts the test away. */
export const TestChange = z.strictObject({
  expected: Expected.optional(),
  model: z.string().optional(),
  retired: z.boolean().optional(),
})
export type TestChange = z.infer<typeof TestChange>

/** What was seen of a test with the suggested change, before it is applied. */
export const SuggestionProof = z.object({
  isVerified: z.boolean(),
  red: z.string().describe('How it fails on the recorded answer.'),
  green: z.string().describe('How it did when it was run twice.'),
  at: Timestamp,
})
export type SuggestionProof = z.infer<typeof SuggestionProof>

/** A change that may make a test better, as a difference; nothing is changed before somebody accepts it. */
export const Suggestion = z.object({
  id: z.uuid(),
  testId: z.uuid(),
  rule: z.enum(suggestionRules),
  origin: z.enum(['rule', 'model']),
  title: z.string(),
  why: z.string(),
  before: TestChange,
  after: TestChange,
  proof: SuggestionProof.nullable(),
  costNanoUsd: NanoUsd.describe('What the model took that proposed it.'),
  state: z.enum(['open', 'accepted', 'dismissed', 'outdated']),
  createdAt: Timestamp,
  decidedAt: Timestamp.nullable(),
})
export type Suggestion = z.infer<typeof Suggestion>

const path = '/api/v1/regression-tests/{id}/suggestions'

export const listSuggestions = contract({
  method: 'get',
  path,
  access: { who: 'person', role: 'viewer', scope: 'read' },
  summary: 'What would make a test better: found by rules without any credential, and what a model has proposed',
  params: IdParams,
  reply: z.object({ items: z.array(Suggestion) }),
})

export const decideSuggestion = contract({
  method: 'post',
  path,
  access: { who: 'person', role: 'member', scope: 'write' },
  summary:
    'Verify, accept or dismiss a suggestion, or have a model propose one; accepting verifies red and green first',
  params: IdParams,
  body: z
    .strictObject({
      verify: z.uuid().optional(),
      accept: z.uuid().optional(),
      dismiss: z.uuid().optional(),
      propose: z
        .strictObject({
          model: z.string().min(1).max(256).optional().describe('Else one whose key is set.'),
          maxCostUsd: z.number().positive().max(10).default(0.05),
        })
        .optional(),
    })
    .refine((body) => Object.values(body).filter((part) => part !== undefined).length === 1, {
      message: 'needs exactly one of verify, accept, dismiss and propose',
    }),
  reply: Suggestion,
})
