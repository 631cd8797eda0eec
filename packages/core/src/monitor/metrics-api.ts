import { z } from 'zod'
import { Timestamp } from '../clock.ts'
import { contract } from '../contract.ts'
import { IdParams } from '../page.ts'
import { outcomes, testKinds, testStates } from './regression-test.ts'

export const testMetricNames = [
  'coverage',
  'passRate',
  'confidence',
  'prevented',
  'selfHealing',
  'criticalRegressions',
] as const
export type TestMetricName = (typeof testMetricNames)[number]

/** One figure of success, with what it is made of. */
export const TestMetric = z.object({
  name: z.enum(testMetricNames),
  title: z.string(),
  unit: z.enum(['percent', 'points', 'count']),
  value: z.number().nullable().describe('Null while there is nothing to measure.'),
  part: z.number().describe('What the value counts or sums.'),
  whole: z.int().nullable().describe('What it is a share or mean of.'),
  goal: z.number().nullable(),
  isMet: z.boolean().nullable(),
  formula: z.string(),
})
export type TestMetric = z.infer<typeof TestMetric>

/** How well regression tests do their work in a window of time. */
export const TestMetrics = z.object({
  from: Timestamp,
  to: Timestamp,
  metrics: z.array(TestMetric),
  byState: z.record(z.enum(testStates), z.int()),
  byKind: z.record(z.enum(testKinds), z.int()).describe('Retired tests left out.'),
})
export type TestMetrics = z.infer<typeof TestMetrics>

export const getTestMetrics = contract({
  method: 'get',
  path: '/api/v1/regression-tests/metrics',
  access: { who: 'person', role: 'viewer', scope: 'read' },
  summary: 'Figures of success of the regression tests, each with its formula and goal',
  query: z.strictObject({ days: z.coerce.number().int().min(1).max(365).default(30) }),
  reply: TestMetrics,
})

const Percentiles = z.object({ p50: z.number(), p95: z.number(), count: z.int() }).nullable()

/** How one version of a test did over time: what it took, and where it became slower or worse. */
export const TestTrend = z.object({
  version: z.int(),
  target: z.string().describe('What it is run against, as it is now.'),
  executions: z.int(),
  figures: z.object({
    durationMs: Percentiles,
    ttftMs: Percentiles,
    inputTokens: Percentiles,
    outputTokens: Percentiles,
    costNanoUsd: Percentiles,
  }),
  speed: z
    .object({ before: z.number(), after: z.number(), factor: z.number(), p: z.number(), isSlower: z.boolean() })
    .nullable()
    .describe('The medians of the 20 answers before and of the last 20; slower from a factor of 1.5 with p under .01.'),
  points: z.array(
    z.object({
      id: z.uuid(),
      at: Timestamp,
      outcome: z.enum(outcomes),
      durationMs: z.number(),
      ttftMs: z.number().nullable(),
      costNanoUsd: z.number().nullable(),
      isSlowdown: z.boolean().describe('Here it was first seen to be slower.'),
      isRegression: z.boolean().describe('It failed, and the one before had passed.'),
    }),
  ),
})
export type TestTrend = z.infer<typeof TestTrend>

export const getTestTrend = contract({
  method: 'get',
  path: '/api/v1/regression-tests/{id}/trend',
  access: { who: 'person', role: 'viewer', scope: 'read' },
  summary: 'Duration, time to first token, tokens and cost of a test over its latest 400 executions, by version',
  params: IdParams,
  reply: z.object({ items: z.array(TestTrend) }),
})
