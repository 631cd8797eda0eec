import { z } from 'zod'
import { Timestamp } from '../clock.ts'
import { contract } from '../contract.ts'
import { IdParams, PageQuery, pageOf } from '../page.ts'
import { CaseResult, RunTotals } from './result.ts'

export const runTriggers = ['manual', 'cron', 'ci', 'deployment', 'hosted'] as const
export const environments = ['dev', 'staging', 'production', 'local', 'ci'] as const
export const Environments = z.enum(environments)

/** One execution of a suite over models. */
export const Run = z.object({
  id: z.uuid(),
  name: z.string(),
  trigger: z.enum(runTriggers),
  environment: Environments,
  status: z.enum(['queued', 'running', 'completed', 'failed', 'cancelled']),
  error: z.string().nullable(),
  totals: RunTotals.nullable(),
  createdAt: Timestamp,
  startedAt: Timestamp.nullable(),
  finishedAt: Timestamp.nullable(),
})
export type Run = z.infer<typeof Run>

export const listRuns = contract({
  method: 'get',
  path: '/api/v1/runs',
  access: { who: 'person', role: 'viewer', scope: 'read' },
  summary: 'Runs, newest first',
  query: PageQuery,
  reply: pageOf(Run),
})

export const getRun = contract({
  method: 'get',
  path: '/api/v1/runs/{id}',
  access: { who: 'person', role: 'viewer', scope: 'read' },
  summary: 'One run',
  params: IdParams,
  reply: Run,
})

export const listRunResults = contract({
  method: 'get',
  path: '/api/v1/runs/{id}/results',
  access: { who: 'person', role: 'viewer', scope: 'read' },
  summary: 'The results of one run',
  params: IdParams,
  query: PageQuery,
  reply: pageOf(CaseResult),
})
