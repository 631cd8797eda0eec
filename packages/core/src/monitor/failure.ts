import { z } from 'zod'
import { Timestamp } from '../clock.ts'
import { ChatRequest } from '../gateway/chat.ts'
import { environments } from '../suite/environment.ts'

/** What kind of thing went wrong, in the order in which the rules are tried. */
export const categories = [
  'content_policy',
  'context_length',
  'rate_limit',
  'auth',
  'timeout',
  'network',
  'validation',
  'dependency',
  'provider',
  'syntax',
  'unknown',
] as const
export const Category = z.enum(categories)
export type Category = z.infer<typeof Category>

/** What an operator must do about it, the mildest first. */
export const severities = ['low', 'medium', 'high', 'critical'] as const
export const Severity = z.enum(severities)
export type Severity = z.infer<typeof Severity>

/** Something that went wrong in production, as an application reports it; unknown fields are refused by name. */
export const FailureReport = z.strictObject({
  name: z.string().max(200).optional().describe('Class of the error, such as TypeError.'),
  message: z.string().min(1).max(32_768),
  stack: z.string().max(65_536).optional(),
  causes: z
    .array(
      z.strictObject({
        name: z.string().max(200).optional(),
        code: z.string().max(200).optional(),
        message: z.string().max(4_000).optional(),
      }),
    )
    .max(8)
    .optional(),
  httpStatus: z.int().min(100).max(599).optional(),
  provider: z.string().max(64).optional(),
  model: z.string().max(256).optional(),
  providerCode: z.string().max(200).optional(),
  providerType: z.string().max(200).optional(),
  requestId: z.string().max(200).optional(),
  eventId: z.string().max(200).optional().describe('The same id within 7 days is the same event.'),
  count: z.int().min(1).max(10_000).default(1),
  at: Timestamp.optional(),
  environment: z.enum(environments).default('production'),
  release: z.string().max(200).optional(),
  userId: z.string().max(200).optional().describe('Stored only as an HMAC.'),
  conversationId: z.string().max(200).optional(),
  severity: Severity.optional(),
  category: Category.optional(),
  tags: z.array(z.string().min(1).max(64)).max(16).default([]),
  context: z.record(z.string(), z.unknown()).optional().describe('At most 32 KB as JSON.'),
  request: ChatRequest.optional().describe('What was asked, so that it can be asked again. At most 256 KB as JSON.'),
  output: z.string().max(262_144).optional(),
})
export type FailureReport = z.infer<typeof FailureReport>

/** What the rules say of a report: pure, the same for the same text on every run. */
export const Diagnosis = z.object({
  category: Category,
  subcategory: z.string().nullable(),
  severity: Severity,
  fingerprint: z.string().describe('16 hex characters: failures with one cause share it.'),
  family: z.string().describe('Readable slug, such as `rate_limit/openai/tokens_per_min`.'),
  title: z.string(),
  why: z.array(z.string()).describe('What decided, in words.'),
})
export type Diagnosis = z.infer<typeof Diagnosis>

/** One stored failure. */
export const Failure = z.object({
  id: z.uuid(),
  groupId: z.uuid(),
  at: Timestamp,
  receivedAt: Timestamp,
  name: z.string().nullable(),
  message: z.string(),
  stack: z.string().nullable(),
  httpStatus: z.int().nullable(),
  provider: z.string().nullable(),
  model: z.string().nullable(),
  requestId: z.string().nullable(),
  environment: z.enum(environments),
  release: z.string().nullable(),
  category: Category,
  severity: Severity,
  count: z.int(),
  tags: z.array(z.string()),
  context: z.record(z.string(), z.unknown()).nullable(),
  request: ChatRequest.nullable(),
  output: z.string().nullable(),
  redactions: z.record(z.string(), z.int()).describe('How many values of each kind were taken out before storing.'),
})
export type Failure = z.infer<typeof Failure>

export const groupStates = ['open', 'resolved', 'reopened', 'muted'] as const

/** What stands between a group and its test. */
export const testStatuses = ['waiting', 'created', 'alert_only', 'needs_request'] as const

/** Failures with one cause. */
export const FailureGroup = z.object({
  id: z.uuid(),
  fingerprint: z.string(),
  family: z.string(),
  title: z.string(),
  category: Category,
  severity: Severity,
  why: z.array(z.string()),
  state: z.enum(groupStates),
  occurrences: z.int(),
  threshold: z.int().describe('At how many occurrences the test is made.'),
  users: z.int(),
  firstSeenAt: Timestamp,
  lastSeenAt: Timestamp,
  testId: z.uuid().nullable(),
  testStatus: z.enum(testStatuses),
  daily: z.array(z.int()).length(14).describe('Occurrences of the last 14 days, today last.'),
})
export type FailureGroup = z.infer<typeof FailureGroup>
