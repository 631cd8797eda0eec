import { z } from 'zod'
import { dialects } from '../assertions/list.ts'
import { Timestamp } from '../clock.ts'
import { NanoUsd } from '../money.ts'
import { Environments, runTriggers } from './environment.ts'
import { RunTotals } from './result.ts'
import { CaseKind, PassAtText } from './suite.ts'

export const runStatuses = ['queued', 'running', 'completed', 'failed', 'cancelled'] as const
/** `completed` says that it was executed, also when cases failed. */
export const RunStatus = z.enum(runStatuses)
export type RunStatus = z.infer<typeof RunStatus>

/** `hosted`: this server ran it. `self_reported`: it was run elsewhere and its results were sent here. */
export const provenances = ['hosted', 'self_reported'] as const

/** What of a suite is run, and how: what the options of `assay test` say on the command line. */
export const RunSettings = z.strictObject({
  text: z.string().max(200).optional().describe('Cases with this text in their title.'),
  tags: z.array(z.string().max(100)).max(50).optional().describe('Cases with all of them; `!slow` for those without.'),
  kinds: z.array(CaseKind).min(1).optional(),
  repeat: z.int().min(1).max(1_000).optional(),
  passAt: PassAtText.optional(),
  keepGoing: z.boolean().optional().describe('Run the rest although a smoke case failed.'),
  failFast: z.boolean().optional(),
  judge: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe('The model that judges where the suite names none; else one that the workspace has a key for.'),
  concurrency: z.int().min(1).max(50).optional(),
  maxRetries: z.int().min(0).max(10).optional(),
  maxCostUsd: z.number().min(0).optional(),
  maxTokens: z.int().min(1).optional(),
  maxDurationMs: z.int().min(1_000).max(14_400_000).optional(),
})
export type RunSettings = z.infer<typeof RunSettings>

/** The sums of one model of a run. */
export const ModelTotals = RunTotals.extend({ model: z.string() })
export type ModelTotals = z.infer<typeof ModelTotals>

/** One execution of a suite over models. */
export const Run = z.object({
  id: z.uuid(),
  name: z.string(),
  suiteId: z.uuid().nullable().describe('The suite it is of; null for regression tests and when the suite is gone.'),
  jobId: z.uuid().nullable().describe('The hosted job it was run by.'),
  trigger: z.enum(runTriggers),
  environment: Environments,
  provenance: z.enum(provenances),
  status: RunStatus,
  error: z.string().nullable(),
  dialect: z.enum(dialects).nullable(),
  sourceHash: z.string().nullable().describe('Which text of the suite was run.'),
  planHash: z.string().nullable().describe('Equal for two runs of the same cases on the same models.'),
  seed: z.int().nullable(),
  models: z.array(z.string()),
  settings: RunSettings,
  planned: z.int().nullable().describe('Results it is to have; null when that is not known.'),
  totals: RunTotals.nullable().describe('While it is running, of the results so far.'),
  modelTotals: z.array(ModelTotals).describe('The same for each model.'),
  costNanoUsd: NanoUsd.nullable(),
  baselineOf: z.string().nullable().describe('The name under which it is kept as what others are compared with.'),
  createdAt: Timestamp,
  startedAt: Timestamp.nullable(),
  finishedAt: Timestamp.nullable(),
})
export type Run = z.infer<typeof Run>

/** A run that waits, with what is not said about it left empty. */
export const newRun = (
  given: Pick<Run, 'id' | 'name' | 'trigger' | 'environment' | 'createdAt'> & Partial<Run>,
): Run => ({
  suiteId: null,
  jobId: null,
  provenance: 'hosted',
  status: 'queued',
  error: null,
  dialect: null,
  sourceHash: null,
  planHash: null,
  seed: null,
  models: [],
  settings: {},
  planned: null,
  totals: null,
  modelTotals: [],
  costNanoUsd: null,
  baselineOf: null,
  startedAt: null,
  finishedAt: null,
  ...given,
})

/** Nothing leaves these states. */
export const isEnded = ({ status }: Pick<Run, 'status'>): boolean => status !== 'queued' && status !== 'running'
