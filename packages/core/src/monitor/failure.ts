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

/** One error beneath another. */
export const Cause = z.strictObject({
  name: z.string().max(200).optional(),
  code: z.string().max(200).optional(),
  message: z.string().max(4_000).optional(),
})

/** How much of a message is kept; a longer one is cut after what must not be stored was taken out. */
export const MAX_MESSAGE_CHARACTERS = 32_768

const ReportFields = z.strictObject({
  name: z.string().max(200).optional().describe('Class of the error, such as TypeError.'),
  message: z
    .string()
    .min(1)
    .describe(`The first ${MAX_MESSAGE_CHARACTERS} characters are kept, and \`truncated\` says so of a longer one.`),
  stack: z.string().max(65_536).optional(),
  causes: z.array(Cause).max(8).optional(),
  httpStatus: z.int().min(100).max(599).optional(),
  http_status: z.int().min(100).max(599).optional().describe('The same as `httpStatus`.'),
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
  package: z.string().max(200).optional().describe('Package of prompts that was in use, such as @author/name.'),
  packageVersion: z.string().max(64).optional(),
  framework: z.string().max(64).optional().describe('What the answer was for: html, react, vue or any word.'),
  userId: z.string().max(200).optional().describe('Stored only as an HMAC.'),
  conversationId: z.string().max(200).optional(),
  severity: Severity.optional(),
  category: Category.optional(),
  tags: z.array(z.string().min(1).max(64)).max(16).default([]),
  context: z.record(z.string(), z.unknown()).optional().describe('At most 32 KB as JSON.'),
  request: ChatRequest.optional().describe('What was asked, so that it can be asked again. At most 256 KB as JSON.'),
  output: z.string().max(262_144).optional(),
  truncated: z.array(z.string().max(64)).max(16).optional().describe('Fields that the reporter had cut already.'),
})

/** Something that went wrong in production, as an application reports it; unknown fields are refused by name. */
export const FailureReport = ReportFields.transform(({ http_status, ...report }) =>
  http_status === undefined ? report : { ...report, httpStatus: report.httpStatus ?? http_status },
)
export type FailureReport = z.infer<typeof FailureReport>

/** A report of the gateway's own, which also knows that another model answered in the end. */
export type CapturedFailure = FailureReport & { absorbed?: boolean }

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

/** Whether request and output were kept: not in a workspace that wants none, and not of every event of a flood. */
export const bodiesKept = ['kept', 'off', 'sampled_out'] as const

/** One stored failure. */
export const Failure = z.object({
  id: z.uuid(),
  groupId: z.uuid(),
  at: Timestamp,
  receivedAt: Timestamp,
  name: z.string().nullable(),
  message: z.string(),
  stack: z.string().nullable(),
  causes: z.array(Cause).nullable().default(null),
  httpStatus: z.int().nullable(),
  provider: z.string().nullable(),
  model: z.string().nullable(),
  providerCode: z.string().nullable().default(null),
  providerType: z.string().nullable().default(null),
  requestId: z.string().nullable(),
  conversationId: z.string().nullable().default(null),
  environment: z.enum(environments),
  release: z.string().nullable(),
  package: z.string().nullable().default(null),
  packageVersion: z.string().nullable().default(null),
  framework: z.string().nullable().default(null),
  category: Category,
  severity: Severity,
  absorbed: z.boolean().default(false).describe('Another model answered in the end.'),
  count: z.int(),
  tags: z.array(z.string()),
  context: z.record(z.string(), z.unknown()).nullable(),
  request: ChatRequest.nullable(),
  output: z.string().nullable(),
  bodies: z.enum(bodiesKept).default('kept').describe('Why there is no request or output where there is none.'),
  truncated: z.array(z.string()).default([]).describe('Fields of which only the beginning is kept.'),
  redactions: z.record(z.string(), z.int()).describe('How many values of each kind were taken out before storing.'),
})
export type Failure = z.infer<typeof Failure>

/** One line of a stack trace: the function, and the file without its directories. */
export const Frame = z.object({
  functionName: z.string(),
  file: z.string(),
  packageName: z.string().nullable(),
  inApp: z.boolean(),
})

/** One stored failure with what can be read out of it. */
export const FailureDetail = Failure.extend({
  frames: z.array(Frame).describe('The stack, the throwing frame first.'),
  fingerprint: z.string().describe('What it was grouped by when it came.'),
  family: z.string(),
  subcategory: z.string().nullable(),
  groupingVersion: z.int().describe('Version of the rules it was grouped by.'),
  why: z.array(z.string()).describe('What decides, in words, by the rules of today.'),
})
export type FailureDetail = z.infer<typeof FailureDetail>

export const groupStates = ['open', 'resolved', 'reopened', 'muted'] as const

/** What brings a group to its test: every event, or only those of another user or at least ten minutes apart. */
export const countedBy = ['occurrences', 'incidents'] as const
export const CountBy = z.enum(countedBy)
export type CountBy = z.infer<typeof CountBy>

/** What stands between a group and its test. */
export const testStatuses = ['waiting', 'created', 'alert_only', 'needs_request'] as const

/** Failures with one cause. */
export const FailureGroup = z.object({
  id: z.uuid(),
  fingerprint: z.string(),
  family: z.string(),
  title: z.string(),
  category: Category,
  severity: Severity.describe('One step higher while the failure is widespread.'),
  isWidespread: z.boolean().describe('It hits five users or more, or a quarter of a route, within five minutes.'),
  why: z.array(z.string()),
  state: z.enum(groupStates),
  resolvedIn: z.string().nullable().describe('The release that holds the fix; failures of older ones do not reopen.'),
  mutedUntil: Timestamp.nullable(),
  mutedFor: z.int().nullable().describe('How many more occurrences the group stays muted for.'),
  occurrences: z.int(),
  absorbed: z.int().default(0).describe('How many of the occurrences another model absorbed.'),
  incidents: z.int().describe('Occurrences of another user than the one before, or at least ten minutes later.'),
  countBy: CountBy,
  threshold: z.int().describe('At how many of what `countBy` says the test is made.'),
  users: z.int(),
  firstSeenAt: Timestamp,
  lastSeenAt: Timestamp,
  testId: z.uuid().nullable(),
  testStatus: z.enum(testStatuses),
  groupingVersion: z.int().describe('The version of the rules that its first failure was grouped by.'),
  daily: z.array(z.int()).length(14).describe('Occurrences of the last 14 days, today last.'),
})
export type FailureGroup = z.infer<typeof FailureGroup>

/** How far a group is on its way to its test. */
export const progressOf = ({
  countBy,
  occurrences,
  incidents,
}: Pick<FailureGroup, 'countBy' | 'occurrences' | 'incidents'>): number =>
  countBy === 'incidents' ? incidents : occurrences
