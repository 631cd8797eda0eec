import { z } from 'zod'
import { Timestamp } from '../clock.ts'
import { contract } from '../contract.ts'
import { testKinds, testStates } from './regression-test.ts'

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
