import { z } from 'zod'
import { NanoUsd } from '../money.ts'
import { Usage } from '../gateway/usage.ts'
import { CaseKind } from './suite.ts'

/** `unscored`: it ran, but the judge could not be asked; that is not a failure of the answer. */
export const resultStatuses = ['passed', 'failed', 'error', 'skipped', 'unscored'] as const

/** What judging took, beside what the case itself did. */
export const JudgeUse = z.object({
  calls: z.int().describe('Questions asked, those answered from the cache included.'),
  inputTokens: z.int(),
  outputTokens: z.int(),
  costNanoUsd: NanoUsd.describe('What the calls cost when they were made.'),
  spentNanoUsd: NanoUsd.describe('What was paid now: answers out of the cache cost nothing.'),
  spentTokens: z.int(),
  unpriced: z.int().describe('Calls whose cost is not known and not in the sum.'),
})
export type JudgeUse = z.infer<typeof JudgeUse>

const JudgeVote = z.object({
  pass: z.boolean(),
  score: z.number(),
  reason: z.string(),
  unscored: z.boolean().optional(),
})

const OneVerdict = z.object({
  type: z.string(),
  pass: z.boolean(),
  score: z.number().describe('Mostly between 0 and 1; a script may give any number.'),
  reason: z.string(),
  weight: z.number(),
  metric: z.string().optional(),
  expected: z.string().optional(),
  actual: z.string().optional(),
  error: z.object({ code: z.string(), message: z.string() }).optional(),
  unscored: z
    .enum(['assertion.judge_unavailable', 'assertion.judge_unreadable'])
    .optional()
    .describe('The judge could not be asked or understood: that is no failure.'),
  judge: JudgeUse.extend({
    models: z.array(z.string()),
    votes: z.array(JudgeVote).optional().describe('Each verdict, where the judge was asked more than once.'),
    agreement: z.number().min(0).max(1).optional().describe('Share of the verdicts that say what the majority says.'),
  })
    .optional()
    .describe('Who judged, and what it took.'),
})

/** What one assertion said about one answer; a set with what its members said. */
export const Verdict = OneVerdict.extend({ members: z.array(OneVerdict).optional() })
export type Verdict = z.infer<typeof Verdict>

export const toolCallStatuses = ['ok', 'error', 'timeout', 'denied', 'replayed'] as const

/** One call of a tool that an agent made. */
export const ToolCallRecord = z.object({
  name: z.string(),
  args: z.unknown(),
  status: z.enum(toolCallStatuses),
  resultBytes: z.int(),
  durationMs: z.number(),
  step: z.int().min(1).describe('The call of the model that asked for it.'),
  result: z.string().optional().describe('What the tool said, cut.'),
})
export type ToolCallRecord = z.infer<typeof ToolCallRecord>

/** A call of a tool in a line. */
export const toolCallText = ({ step, name, args, status, resultBytes, durationMs }: ToolCallRecord): string =>
  `${step}. ${name}(${JSON.stringify(args) ?? ''}) ${status}, ${resultBytes} bytes, ${Math.round(durationMs)} ms`

/** One case on one model, once. */
export const CaseResult = z.object({
  caseKey: z.string().describe("The case's id, else the hash of its prompt and input: stable between runs."),
  title: z.string(),
  model: z.string(),
  repeat: z.int().min(1),
  status: z.enum(resultStatuses),
  score: z.number().min(0).max(1),
  input: z.string(),
  response: z.string().nullable(),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  verdicts: z.array(Verdict),
  latencyMs: z.number().nullable(),
  durationMs: z.number(),
  usage: Usage.nullable(),
  costNanoUsd: NanoUsd.nullable(),
  kind: CaseKind.optional(),
  tags: z.array(z.string()).optional(),
  assertHash: z.string().optional().describe('Tells a changed check between runs.'),
  unasserted: z.boolean().optional().describe('Nothing was asserted, so nothing could fail.'),
  cached: z
    .boolean()
    .optional()
    .describe('No call was made: the answer, its latency and cost are those of an earlier one.'),
  attempts: z.int().optional().describe('Calls made until the answer, more than one after errors that pass.'),
  steps: z.int().optional().describe('Calls to the model in one conversation.'),
  toolCalls: z.array(ToolCallRecord).optional(),
  httpStatus: z.int().optional().describe('What an address of your own answered with.'),
  judge: JudgeUse.optional().describe('What the judges took; no part of usage and cost.'),
  reason: z.string().optional().describe('Why it was skipped or left unscored, or the limit that ended it.'),
  quarantined: z
    .boolean()
    .optional()
    .describe('A known flaky case: reported, and not counted as a failure of the run.'),
  cut: z.record(z.string(), z.int()).optional().describe('Texts that are not whole, with the bytes each had.'),
})
export type CaseResult = z.infer<typeof CaseResult>

/** The sums of one run, or of one model in it. */
export const RunTotals = z.object({
  total: z.int(),
  passed: z.int(),
  failed: z.int(),
  error: z.int(),
  skipped: z.int(),
  unscored: z.int(),
  score: z.number().nullable().describe('Mean over results that are neither skipped nor unscored.'),
  inputTokens: z.int(),
  outputTokens: z.int(),
  costNanoUsd: NanoUsd,
  unpriced: z.int().describe('Results whose cost is not known and not in the sum.'),
  durationMs: z.number().describe('Wall time for a run; sum of the cases for a model.'),
  judge: JudgeUse.optional().describe('What the judges took; no part of the other sums.'),
  metrics: z.record(z.string(), z.number()).optional().describe('Weighted means of the named metrics.'),
})
export type RunTotals = z.infer<typeof RunTotals>
