import { z } from 'zod'
import { contract } from '../contract.ts'
import { IdParams, PageQuery, pageOf } from '../page.ts'
import { categories, Failure, FailureDetail, FailureGroup, FailureReport, groupStates } from './failure.ts'
import { Since } from './since.ts'
import { RegressionTest } from './regression-test.ts'

/** What the reporter of a failure learns: its group, and the test when there is one. */
export const FailureReceipt = z.object({
  failure: z.object({ id: z.uuid() }),
  group: FailureGroup.pick({
    id: true,
    fingerprint: true,
    family: true,
    title: true,
    category: true,
    severity: true,
    occurrences: true,
    threshold: true,
    testStatus: true,
  }),
  regressionTest: RegressionTest.pick({ id: true, name: true, state: true, confidence: true }).nullable(),
  duplicate: z.boolean(),
})
export type FailureReceipt = z.infer<typeof FailureReceipt>

export const reportFailure = contract({
  method: 'post',
  path: '/api/v1/failures',
  access: { who: 'key', scope: 'failures' },
  summary: 'Report one production failure; the same event twice is counted once and answers 200',
  status: 201,
  body: FailureReport,
  reply: FailureReceipt,
})

/** The most reports that one batch may hold. */
export const MOST_REPORTS = 100

/** What became of one report of a batch: its receipt, or the error that it alone would have had. */
export const BatchItem = z.union([
  FailureReceipt.extend({ status: z.union([z.literal(200), z.literal(201)]) }),
  z.object({
    status: z.int().min(400).max(599),
    error: z.object({
      code: z.string(),
      message: z.string(),
      hint: z.string(),
      details: z.record(z.string(), z.unknown()).optional(),
    }),
  }),
])
export type BatchItem = z.infer<typeof BatchItem>

export const reportFailures = contract({
  method: 'post',
  path: '/api/v1/failures/batch',
  access: { who: 'key', scope: 'failures' },
  summary: 'Report several production failures; each is answered in its place, and the valid ones are kept',
  status: 207,
  body: z.strictObject({
    failures: z
      .array(z.unknown())
      .min(1)
      .max(MOST_REPORTS)
      .describe('Reports as for one failure; a bad one is answered with its error and does not harm the others.'),
  }),
  reply: z.object({ items: z.array(BatchItem) }),
})

export const listFailures = contract({
  method: 'get',
  path: '/api/v1/failures',
  access: { who: 'person', role: 'viewer', scope: 'read' },
  summary: 'Stored failures, newest first',
  query: PageQuery.extend({
    group: z.uuid().optional(),
    category: z.enum(categories).optional(),
    since: Since.optional(),
  }),
  reply: pageOf(Failure),
})

export const getFailure = contract({
  method: 'get',
  path: '/api/v1/failures/{id}',
  access: { who: 'person', role: 'viewer', scope: 'read' },
  summary: 'One stored failure, with its frames and why it is what it is',
  params: IdParams,
  reply: FailureDetail,
})

export const listFailureGroups = contract({
  method: 'get',
  path: '/api/v1/failure-groups',
  access: { who: 'person', role: 'viewer', scope: 'read' },
  summary: 'Failure groups',
  query: PageQuery.extend({
    state: z.enum(groupStates).optional(),
    category: z.enum(categories).optional(),
    q: z.string().max(200).optional(),
    sort: z.enum(['lastSeen', 'occurrences']).default('lastSeen'),
  }),
  reply: pageOf(FailureGroup),
})

export const getFailureGroup = contract({
  method: 'get',
  path: '/api/v1/failure-groups/{id}',
  access: { who: 'person', role: 'viewer', scope: 'read' },
  summary: 'One failure group',
  params: IdParams,
  reply: FailureGroup,
})

export const updateFailureGroup = contract({
  method: 'patch',
  path: '/api/v1/failure-groups/{id}',
  access: { who: 'person', role: 'member', scope: 'write' },
  summary: 'Resolve, reopen or mute a failure group',
  params: IdParams,
  body: z.strictObject({ state: z.enum(groupStates) }),
  reply: FailureGroup,
})
