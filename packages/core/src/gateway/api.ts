import { z } from 'zod'
import { Timestamp } from '../clock.ts'
import { contract } from '../contract.ts'
import { Feedback } from '../cache/feedback.ts'
import { RegressionTest } from '../monitor/regression-test.ts'
import { IdParams, PageQuery, pageOf } from '../page.ts'
import { KeptAnswer, KeptBody } from './bodies.ts'
import { CacheState, Complexity, RejectedCandidate, RequestRecord, requestStatuses } from './request.ts'
import { NanoUsd } from '../money.ts'

/** What the request log can be narrowed down to. */
export const RequestFilter = z.strictObject({
  since: Timestamp.optional(),
  until: Timestamp.optional().describe('Without this moment itself.'),
  status: z.enum(requestStatuses).optional(),
  provider: z.string().max(64).optional(),
  model: z.string().max(256).optional().describe('Exact requested or answering model.'),
  key: z.uuid().optional().describe('Id of a gateway key.'),
  complexity: Complexity.optional(),
  cache: CacheState.optional(),
  errorCode: z.string().max(100).optional(),
  tag: z.string().max(130).optional().describe('`name=value`, or the name alone.'),
  conversation: z.string().max(200).optional(),
  text: z.string().max(200).optional().describe('Part of the prompt preview, or of the body where it is kept.'),
})
export type RequestFilter = z.infer<typeof RequestFilter>

export const listRequests = contract({
  method: 'get',
  path: '/api/v1/requests',
  access: { who: 'person', role: 'viewer', scope: 'read' },
  summary: 'The request log, newest first; a page that took long to find comes short, and its cursor goes on',
  query: PageQuery.extend(RequestFilter.shape),
  reply: pageOf(RequestRecord),
})

/** A model that was not taken, and what the same tokens would cost there. */
const PricedRejection = RejectedCandidate.extend({
  costNanoUsd: NanoUsd.nullable().describe('At the prices of today; null for a model without one.'),
})

/** One request with its body, where it is kept, why it went where it went, and what people said of it. */
export const RequestDetail = RequestRecord.extend({
  rejected: z.array(PricedRejection),
  contributions: z
    .array(z.object({ feature: z.string(), value: z.number(), points: z.number() }))
    .nullable()
    .describe('What gave the points of the score, the most first; null without a kept body.'),
  body: KeptBody.nullable().describe('Null where retention was not `full`, and after 7 days.'),
  feedback: z.array(Feedback).describe('What people said of the answer, the newest first; at most 50.'),
})
export type RequestDetail = z.infer<typeof RequestDetail>

export const getRequest = contract({
  method: 'get',
  path: '/api/v1/requests/{id}',
  access: { who: 'person', role: 'viewer', scope: 'read' },
  summary: 'One request with its attempts, rejected candidates, cost and body',
  params: IdParams,
  reply: RequestDetail,
})

/** One of the two answers of a replay. */
const ReplayedAnswer = z.object({
  requestId: z.uuid(),
  model: z.string().describe('As `provider/model`.'),
  status: z.enum(requestStatuses),
  answer: KeptAnswer.nullable(),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  costNanoUsd: NanoUsd.nullable(),
  latencyMs: z.number().nullable(),
  outputTokens: z.int().nullable(),
})

/** An answer of the past beside one of now. */
export const Replay = z.object({ before: ReplayedAnswer, after: ReplayedAnswer, isSameText: z.boolean() })
export type Replay = z.infer<typeof Replay>

export const replayRequest = contract({
  method: 'post',
  path: '/api/v1/requests/{id}/replay',
  access: { who: 'person', role: 'member', scope: 'write' },
  summary: 'Send the kept body of a request again through the gateway, if wanted to another model',
  params: IdParams,
  body: z.strictObject({ model: z.string().min(1).max(256).optional() }),
  reply: Replay,
})

export const makeTestCase = contract({
  method: 'post',
  path: '/api/v1/requests/{id}/test-case',
  access: { who: 'person', role: 'member', scope: 'write' },
  summary: 'Make a case of a suite from the kept body of a request, and if wanted a regression test',
  params: IdParams,
  body: z.strictObject({
    name: z
      .string()
      .trim()
      .regex(/^[\w .-]{1,80}$/, { message: 'is up to 80 letters, digits, spaces, dots, dashes and underscores' })
      .optional(),
    save: z.boolean().default(false).describe('Keep it as a regression test that guards from now on.'),
  }),
  reply: z.object({
    yaml: z.string().describe('A suite of one case, as `assay test` reads it.'),
    test: RegressionTest.nullable(),
  }),
})
