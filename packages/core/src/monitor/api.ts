import { z } from 'zod'
import { contract } from '../contract.ts'
import { IdParams, PageQuery, pageOf } from '../page.ts'
import { Timestamp } from '../clock.ts'
import { categories, Failure, FailureDetail, FailureGroup, FailureReport, groupStates, Severity } from './failure.ts'
import { FailureGroupDetail } from './group-api.ts'
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
    incidents: true,
    countBy: true,
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
  summary: 'Failure groups; those that were merged into another are not among them',
  query: PageQuery.extend({
    state: z.enum(groupStates).optional(),
    category: z.enum(categories).optional(),
    severity: Severity.optional(),
    family: z.string().max(300).optional(),
    q: z.string().max(200).optional(),
    sort: z.enum(['lastSeen', 'occurrences']).default('lastSeen'),
  }),
  reply: pageOf(FailureGroup),
})

export const getFailureGroup = contract({
  method: 'get',
  path: '/api/v1/failure-groups/{id}',
  access: { who: 'person', role: 'viewer', scope: 'read' },
  summary:
    'One failure group with its fingerprints, releases, tests and what was merged; of a merged one, the group it is part of',
  params: IdParams,
  reply: FailureGroupDetail,
})

export const updateFailureGroup = contract({
  method: 'patch',
  path: '/api/v1/failure-groups/{id}',
  access: { who: 'person', role: 'member', scope: 'write' },
  summary: 'Resolve, reopen, mute or name a failure group',
  params: IdParams,
  body: z
    .strictObject({
      state: z.enum(['open', 'resolved', 'muted']).optional(),
      resolvedIn: z.string().trim().min(1).max(200).optional().describe('The release that holds the fix.'),
      mutedUntil: Timestamp.optional(),
      mutedFor: z.int().min(1).max(1_000_000).optional().describe('How many more occurrences it stays muted for.'),
      title: z.string().trim().min(1).max(200).optional(),
    })
    .refine((body) => body.state !== undefined || body.title !== undefined, { message: 'needs a state or a title' })
    .refine((body) => body.resolvedIn === undefined || body.state === 'resolved', {
      path: ['resolvedIn'],
      message: 'goes with the state resolved',
    })
    .refine((body) => (body.mutedUntil ?? body.mutedFor) === undefined || body.state === 'muted', {
      path: ['mutedUntil'],
      message: 'and mutedFor go with the state muted',
    }),
  reply: FailureGroup,
})
