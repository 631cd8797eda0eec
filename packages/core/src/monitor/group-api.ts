import { z } from 'zod'
import { Timestamp } from '../clock.ts'
import { contract } from '../contract.ts'
import { IdParams, PageQuery, pageOf } from '../page.ts'
import { Category, FailureGroup, Severity } from './failure.ts'
import { FingerprintRule, fingerprintRuleFields } from './fingerprint-rule.ts'

const read = { who: 'person', role: 'viewer', scope: 'read' } as const
const write = { who: 'person', role: 'member', scope: 'write' } as const

/** Failures of one fingerprint, as far as they are counted in one group. */
export const GroupFingerprint = z.object({
  fingerprint: z.string(),
  origin: z
    .enum(['own', 'rule', 'similar', 'split', 'regroup'])
    .describe('How it came to be: by itself, by a rule, by its likeness to another, or taken out of a group.'),
  similarity: z.number().nullable().describe('How like the text it joined it is, 0 to 1.'),
  isOpen: z.boolean().describe('True where its new failures are counted here.'),
  text: z.string().nullable(),
  occurrences: z.int(),
  lastSeenAt: Timestamp.nullable(),
})
export type GroupFingerprint = z.infer<typeof GroupFingerprint>

export const groupChangeKinds = ['merge', 'split', 'regroup'] as const

/** One change of what is a group, which can be undone. */
export const GroupChange = z.object({
  id: z.uuid(),
  kind: z.enum(groupChangeKinds),
  fromId: z.uuid().nullable(),
  intoId: z.uuid().nullable().describe('The group that the failures went to; null when they went to several.'),
  occurrences: z.int().describe('How many moved.'),
  actor: z.string(),
  at: Timestamp,
  undoneAt: Timestamp.nullable(),
})
export type GroupChange = z.infer<typeof GroupChange>

/** A failure group with what only its own page shows. */
export const FailureGroupDetail = FailureGroup.extend({
  fingerprints: z.array(GroupFingerprint),
  releases: z.array(
    z.object({ release: z.string(), occurrences: z.int(), firstSeenAt: Timestamp, lastSeenAt: Timestamp }),
  ),
  testIds: z.array(z.uuid()).describe('All its regression tests; after a merge there may be several.'),
  changes: z.array(GroupChange).describe('Merges and splits that touched it, newest first.'),
})
export type FailureGroupDetail = z.infer<typeof FailureGroupDetail>

/** A group that another may be the same as. */
export const SimilarGroup = z.object({ group: FailureGroup, similarity: z.number() })
export type SimilarGroup = z.infer<typeof SimilarGroup>

export const listSimilarGroups = contract({
  method: 'get',
  path: '/api/v1/failure-groups/{id}/similar',
  access: read,
  summary: 'Groups of the same category and class whose text is at least .85 alike, the likest first',
  params: IdParams,
  reply: z.object({ items: z.array(SimilarGroup) }),
})

const Changed = z.object({ change: GroupChange, group: FailureGroup, from: FailureGroup.nullable() })

export const mergeFailureGroup = contract({
  method: 'post',
  path: '/api/v1/failure-groups/{id}/merge',
  access: write,
  summary: 'Count a group as part of another, with its failures, users and tests, now and from now on',
  params: IdParams,
  body: z.strictObject({ into: z.uuid() }),
  reply: Changed,
})

export const splitFailureGroup = contract({
  method: 'post',
  path: '/api/v1/failure-groups/{id}/split',
  access: write,
  summary: 'Take some fingerprints, or some failures by their ids, out of a group into one of their own',
  status: 201,
  params: IdParams,
  body: z
    .strictObject({
      fingerprints: z
        .array(z.string().regex(/^[0-9a-f]{16}$/, 'is not a fingerprint of 16 hex characters'))
        .min(1)
        .max(200)
        .optional(),
      failureIds: z.array(z.uuid()).min(1).max(1_000).optional(),
      title: z.string().trim().min(1).max(200).optional(),
    })
    .refine(({ fingerprints, failureIds }) => (fingerprints === undefined) !== (failureIds === undefined), {
      message: 'needs exactly one of fingerprints and failureIds',
    }),
  reply: Changed,
})

export const undoGroupChange = contract({
  method: 'post',
  path: '/api/v1/failure-groups/merges/{id}/undo',
  access: write,
  summary: 'Undo a merge, a split or a regrouping; failures that came since go where they would have gone',
  params: IdParams,
  reply: GroupChange,
})

export const listGroupChanges = contract({
  method: 'get',
  path: '/api/v1/failure-groups/merges',
  access: read,
  summary: 'Merges, splits and regroupings, newest first',
  query: PageQuery,
  reply: pageOf(GroupChange),
})

/** Groups of one family: one kind of failure, whoever wrapped it and whatever it names. */
export const FailureFamily = z.object({
  family: z.string(),
  category: Category,
  severity: Severity.describe('The worst of its groups.'),
  groups: z.int(),
  occurrences: z.int(),
  lastSeenAt: Timestamp,
  groupId: z.uuid().describe('The group that was seen last.'),
  title: z.string().describe('Of the group that was seen last.'),
  daily: z.array(z.int()).length(14).describe('Occurrences of the last 14 days, today last.'),
})
export type FailureFamily = z.infer<typeof FailureFamily>

export const listFailureFamilies = contract({
  method: 'get',
  path: '/api/v1/failure-groups/families',
  access: read,
  summary: 'Families of the groups that are open or reopened, the one seen last first',
  query: z.strictObject({ limit: z.coerce.number().int().min(1).max(200).default(50) }),
  reply: z.object({ items: z.array(FailureFamily) }),
})

export const listFingerprintRules = contract({
  method: 'get',
  path: '/api/v1/failure-groups/rules',
  access: read,
  summary: 'The rules of the workspace on what is one group, in the order they are tried',
  reply: z.object({ items: z.array(FingerprintRule) }),
})

const RuleBody = z.strictObject(fingerprintRuleFields)

export const createFingerprintRule = contract({
  method: 'post',
  path: '/api/v1/failure-groups/rules',
  access: write,
  summary: 'Add a rule behind the others; it decides for failures from now on',
  status: 201,
  body: RuleBody,
  reply: FingerprintRule,
})

export const updateFingerprintRule = contract({
  method: 'patch',
  path: '/api/v1/failure-groups/rules/{id}',
  access: write,
  summary: 'Change a rule, or its place among the others',
  params: IdParams,
  body: z.strictObject({
    name: fingerprintRuleFields.name.optional(),
    pattern: fingerprintRuleFields.pattern.optional(),
    template: fingerprintRuleFields.template.optional(),
    enabled: z.boolean().optional(),
    place: z.int().min(0).max(1_000).optional().describe('0 is tried first.'),
  }),
  reply: FingerprintRule,
})

export const removeFingerprintRule = contract({
  method: 'delete',
  path: '/api/v1/failure-groups/rules/{id}',
  access: write,
  summary: 'Remove a rule; groups it made stay as they are',
  params: IdParams,
  reply: FingerprintRule,
})

/** What a rule would make of the failures that are kept. */
export const RuleTrial = z.object({
  looked: z.int().describe('How many of the newest failures it was tried on.'),
  matched: z.int(),
  tooSlow: z.int().describe('On how many it took too long; a rule that does is switched off.'),
  groups: z
    .array(
      z.object({ key: z.string(), fingerprint: z.string(), failures: z.int(), groups: z.int(), example: z.string() }),
    )
    .describe('What they would be grouped as, the largest first, and how many groups of today they come from.'),
})
export type RuleTrial = z.infer<typeof RuleTrial>

export const tryFingerprintRule = contract({
  method: 'post',
  path: '/api/v1/failure-groups/rules/try',
  access: write,
  summary: 'Show what a rule would match of the newest failures, without keeping it',
  body: RuleBody.pick({ pattern: true, template: true }).extend({
    limit: z.int().min(1).max(1_000).default(200).describe('How many of the newest failures to look at.'),
  }),
  reply: RuleTrial,
})

/** What grouping the kept failures anew does. */
export const Regrouping = z.object({
  dryRun: z.boolean(),
  groupingVersion: z.int(),
  looked: z.int(),
  moved: z.int().describe('Failures that go to another group.'),
  isComplete: z.boolean().describe('False when there were more failures than one regrouping looks at.'),
  moves: z
    .array(
      z.object({
        from: FailureGroup.pick({ id: true, title: true, fingerprint: true }),
        into: FailureGroup.pick({ id: true, title: true, fingerprint: true }).nullable().describe('Null: a new group.'),
        fingerprint: z.string(),
        failures: z.int(),
        why: z.string(),
      }),
    )
    .describe('The largest moves first, at most 100.'),
  change: GroupChange.nullable().describe('What undoes it; null when nothing was done.'),
})
export type Regrouping = z.infer<typeof Regrouping>

export const regroupFailures = contract({
  method: 'post',
  path: '/api/v1/failure-groups/regroup',
  access: write,
  summary: 'Group the kept failures anew by the rules of today; without `apply` only the effect is told',
  body: z.strictObject({
    apply: z.boolean().default(false),
    since: Timestamp.optional().describe('Only failures received since then.'),
  }),
  reply: Regrouping,
})
