import { z } from 'zod'
import { dialects } from '../assertions/list.ts'
import { Timestamp } from '../clock.ts'
import { contract } from '../contract.ts'
import { IdParams, PageQuery, pageOf } from '../page.ts'
import { Comparison } from './compare.ts'
import { Environments, runTriggers } from './environment.ts'
import { CaseResult, resultStatuses } from './result.ts'
import { provenances, Run, RunSettings, RunStatus } from './run.ts'

/** So many results are sent at once, at most. */
export const MAX_RESULTS_AT_ONCE = 500
/** A run on the server may have so many; more are run where the memory and the money are one's own. */
export const MAX_HOSTED_RESULTS = 20_000

const ModelNames = z.array(z.string().min(1).max(256)).min(1).max(50)
const BaselineName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, 'is no name of a baseline: letters, digits, dots and dashes make one')

export const RunFilter = z.strictObject({
  status: RunStatus.optional(),
  suite: z.uuid().optional(),
  trigger: z.enum(runTriggers).optional(),
  environment: Environments.optional(),
  provenance: z.enum(provenances).optional(),
  text: z.string().max(200).optional().describe('Part of the name.'),
})
export type RunFilter = z.infer<typeof RunFilter>

export const ResultFilter = z.strictObject({
  status: z
    .enum([...resultStatuses, 'not_passed'])
    .optional()
    .describe('`not_passed` is failed or error.'),
  model: z.string().max(256).optional(),
  text: z.string().max(200).optional().describe('Part of the title.'),
})
export type ResultFilter = z.infer<typeof ResultFilter>

/** The run of a suite that is to begin. */
export const RunStart = z.strictObject({
  suiteId: z.uuid(),
  models: ModelNames.optional().describe('Instead of those of the suite.'),
  environment: Environments.default('production'),
  trigger: z.enum(runTriggers).exclude(['hosted']).default('manual'),
  settings: RunSettings.default({}),
})

/** A run that was made elsewhere, before its results. */
export const RunUpload = z.strictObject({
  name: z.string().min(1).max(200),
  models: ModelNames,
  dialect: z.enum(dialects),
  planHash: z.string().max(128),
  planned: z.int().min(0).max(1_000_000).optional(),
  seed: z.int().optional(),
  environment: Environments.default('local'),
  trigger: z.enum(runTriggers).exclude(['hosted']).default('manual'),
  startedAt: Timestamp,
})

/** A run as a comparison names it. */
export const ComparedRun = Run.pick({
  id: true,
  name: true,
  status: true,
  baselineOf: true,
  models: true,
  createdAt: true,
})

/** Two runs compared; long lists are cut, and `counts` says how long they were. */
export const RunComparison = Comparison.extend({
  before: ComparedRun,
  after: ComparedRun,
  counts: z.object({ moved: z.int(), added: z.int(), removed: z.int(), changed: z.int() }),
})
export type RunComparison = z.infer<typeof RunComparison>

const mayRead = { who: 'person', role: 'viewer', scope: 'read' } as const
const mayRun = { who: 'person', role: 'member', scope: 'tests' } as const

export const listRuns = contract({
  method: 'get',
  path: '/api/v1/runs',
  access: mayRead,
  summary: 'Runs, newest first',
  query: PageQuery.extend(RunFilter.shape),
  reply: pageOf(Run),
})

export const createRun = contract({
  method: 'post',
  path: '/api/v1/runs',
  access: mayRun,
  summary: 'Run a suite on this server',
  body: RunStart,
  once: true,
  reply: Run,
  status: 201,
})

export const uploadRun = contract({
  method: 'post',
  path: '/api/v1/runs/uploads',
  access: mayRun,
  summary: 'Begin to send a run that was made elsewhere',
  body: RunUpload,
  once: true,
  reply: Run,
  status: 201,
})

export const getRun = contract({
  method: 'get',
  path: '/api/v1/runs/{id}',
  access: mayRead,
  summary: 'One run',
  params: IdParams,
  reply: Run,
})

export const updateRun = contract({
  method: 'patch',
  path: '/api/v1/runs/{id}',
  access: mayRun,
  summary: 'Keep a run as a baseline, or no longer; the name is taken from the run that had it',
  params: IdParams,
  body: z.strictObject({ baselineOf: BaselineName.nullable() }),
  reply: Run,
})

export const cancelRun = contract({
  method: 'post',
  path: '/api/v1/runs/{id}/cancel',
  access: mayRun,
  summary: 'End a run; the results it has stay',
  params: IdParams,
  reply: Run,
})

export const listRunResults = contract({
  method: 'get',
  path: '/api/v1/runs/{id}/results',
  access: mayRead,
  summary: 'The results of one run',
  params: IdParams,
  query: PageQuery.extend({
    ...ResultFilter.shape,
    brief: z.enum(['true', 'false']).optional().describe('Only the beginnings of what was asked and answered.'),
  }),
  reply: pageOf(CaseResult),
})

export const getRunResult = contract({
  method: 'get',
  path: '/api/v1/runs/{id}/result',
  access: mayRead,
  summary: 'One result of a run, whole',
  params: IdParams,
  query: z.strictObject({ caseKey: z.string(), model: z.string(), repeat: z.coerce.number().int().min(1).default(1) }),
  reply: CaseResult,
})

export const addRunResults = contract({
  method: 'post',
  path: '/api/v1/runs/{id}/results',
  access: mayRun,
  summary: 'Send results of an uploaded run; one that is sent again takes the place of the first',
  params: IdParams,
  body: z.strictObject({ results: z.array(CaseResult).min(1).max(MAX_RESULTS_AT_ONCE) }),
  maxBodyBytes: 16 * 1_048_576,
  reply: z.object({ stored: z.int() }),
})

export const finishRun = contract({
  method: 'post',
  path: '/api/v1/runs/{id}/finish',
  access: mayRun,
  summary: 'End an upload; its sums are made from the results that came',
  params: IdParams,
  body: z.strictObject({
    status: RunStatus.extract(['completed', 'failed', 'cancelled']),
    error: z.string().max(1_000).nullable().default(null),
    finishedAt: Timestamp,
    durationMs: z.number().min(0).optional().describe('How long the run took; from begin to end when left out.'),
  }),
  reply: Run,
})

export const compareRunWith = contract({
  method: 'get',
  path: '/api/v1/runs/{id}/compare',
  access: mayRead,
  summary: 'Compare a run with an earlier one, case by case: regression, improved, noise or not enough data',
  params: IdParams,
  query: z.strictObject({
    with: z.string().min(1).max(100).describe('The id of the earlier run, or the name of a baseline.'),
    margin: z.coerce.number().min(0).max(1).optional(),
    seed: z.coerce.number().int().min(0).optional(),
  }),
  reply: RunComparison,
})
