import type { TestMetric, TestMetricName, TestMetrics } from './metrics-api.ts'

/** What was counted for the figures; `part` of `whole` each, a sum and a count where it is a mean. */
export type MetricCounts = Record<TestMetricName, { part: number; whole: number }> &
  Pick<TestMetrics, 'byState' | 'byKind'>

type Definition = Pick<TestMetric, 'title' | 'unit' | 'goal' | 'formula'> & {
  /** Whether more or less than the goal is good. */
  good: 'more' | 'less'
}

/** The figures of success, in the order in which they are shown. */
export const testMetricDefinitions: Record<TestMetricName, Definition> = {
  coverage: {
    title: 'Coverage',
    unit: 'percent',
    goal: 80,
    good: 'more',
    formula:
      'groups seen in the window with at least 3 occurrences that own a test that was seen red, of all such groups that can be replayed or injected',
  },
  passRate: {
    title: 'Pass rate',
    unit: 'percent',
    goal: 95,
    good: 'more',
    formula: 'executions that passed, at once or when repeated, of those that passed or failed; verification left out',
  },
  confidence: {
    title: 'Mean confidence',
    unit: 'points',
    goal: 75,
    good: 'more',
    formula: 'sum of the confidence of all tests that are not retired, by their number',
  },
  prevented: {
    title: 'Prevented',
    unit: 'count',
    goal: null,
    good: 'more',
    formula: 'groups whose test closed a gate before the release was seen in production',
  },
  selfHealing: {
    title: 'Self-healing',
    unit: 'count',
    goal: null,
    good: 'more',
    formula: 'tests whose confidence is higher after their last execution of the window than before their first',
  },
  criticalRegressions: {
    title: 'Critical regressions',
    unit: 'count',
    goal: 0,
    good: 'less',
    formula:
      'tests of a group of severity high or critical, or tagged critical, that failed in production after they were verified',
  },
}

/** The figures out of what was counted. */
export const testMetricsOf = (
  { byState, byKind, ...counts }: MetricCounts,
  window: Pick<TestMetrics, 'from' | 'to'>,
): TestMetrics => ({
  ...window,
  metrics: (Object.keys(testMetricDefinitions) as TestMetricName[]).map((name) => metricOf(name, counts[name])),
  byState,
  byKind,
})

const metricOf = (name: TestMetricName, { part, whole }: { part: number; whole: number }): TestMetric => {
  const { title, unit, goal, formula, good } = testMetricDefinitions[name]
  const value = unit === 'count' ? part : ratioOf({ part, whole }, unit)
  const isMet = goal === null || value === null ? null : good === 'more' ? value >= goal : value <= goal
  return { name, title, unit, value, part, whole: unit === 'count' && whole === 0 ? null : whole, goal, isMet, formula }
}

const ratioOf = ({ part, whole }: { part: number; whole: number }, unit: 'percent' | 'points'): number | null =>
  whole === 0 ? null : Math.round(((unit === 'percent' ? 100 : 1) * 10 * part) / whole) / 10
