import { z } from 'zod'
import { Timestamp } from '../clock.ts'
import { contract } from '../contract.ts'
import { IdParams, PageQuery, pageOf } from '../page.ts'
import { RegressionTest } from './regression-test.ts'

/** So many ups on one prompt make its answer worth keeping. */
export const UPS_FOR_GOLDEN = 3

export const goldenStates = ['offered', 'accepted', 'dismissed'] as const

/** A prompt whose answer people liked: it may become a test that asks it again. */
export const GoldenCase = z.object({
  id: z.uuid(),
  state: z.enum(goldenStates),
  requestId: z.uuid().describe('The request whose answer was liked last.'),
  promptPreview: z.string(),
  model: z.string(),
  ups: z.int(),
  testId: z.uuid().nullable().describe('The test it became.'),
  createdAt: Timestamp,
  updatedAt: Timestamp,
})
export type GoldenCase = z.infer<typeof GoldenCase>

const writing = { who: 'person', role: 'member', scope: 'write' } as const

export const listGoldenCases = contract({
  method: 'get',
  path: '/api/v1/golden-cases',
  access: { who: 'person', role: 'viewer', scope: 'read' },
  summary: `Prompts that were liked ${UPS_FOR_GOLDEN} times or more: each may become a regression test`,
  query: PageQuery.extend({ state: z.enum(goldenStates).default('offered') }),
  reply: pageOf(GoldenCase),
})

export const acceptGoldenCase = contract({
  method: 'post',
  path: '/api/v1/golden-cases/{id}/accept',
  access: writing,
  summary: 'Make a regression test of a prompt that was liked',
  params: IdParams,
  status: 201,
  body: z.strictObject({ name: z.string().min(1).max(120).optional() }).prefault({}),
  reply: RegressionTest,
})

export const dismissGoldenCase = contract({
  method: 'post',
  path: '/api/v1/golden-cases/{id}/dismiss',
  access: writing,
  summary: 'Put an offered prompt aside; it is not offered again',
  params: IdParams,
  body: z.strictObject({}).prefault({}),
  reply: GoldenCase,
})
