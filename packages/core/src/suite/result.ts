import { z } from 'zod'
import { NanoUsd } from '../money.ts'
import { Usage } from '../gateway/usage.ts'

/** `unscored`: it ran, but the judge could not be asked; that is not a failure of the answer. */
export const resultStatuses = ['passed', 'failed', 'error', 'skipped', 'unscored'] as const

/** What one assertion said about one answer. */
export const Verdict = z.object({
  type: z.string(),
  pass: z.boolean(),
  score: z.number().describe('Mostly between 0 and 1; a script may give any number.'),
  reason: z.string(),
  weight: z.number(),
  metric: z.string().optional(),
  expected: z.string().optional(),
  actual: z.string().optional(),
  error: z.object({ code: z.string(), message: z.string() }).optional(),
})
export type Verdict = z.infer<typeof Verdict>

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
  metrics: z.record(z.string(), z.number()).optional().describe('Weighted means of the named metrics.'),
})
export type RunTotals = z.infer<typeof RunTotals>
