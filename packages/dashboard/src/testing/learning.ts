import {
  DAY_MS,
  Experiment,
  ExperimentDetails,
  HOUR_MS,
  percentilesOf,
  readExperiment,
  slowdowns,
  speedChange,
  testMetricsOf,
  timestamp,
  type Observation,
  type Suggestion,
  type TestTrend,
  type Timed,
} from '@assay/core'
import type { Answers } from './answers.ts'
import { createRandom, idOf } from './random.ts'

/** What is learnt of the tests: figures, experiments, trends and suggestions. */
export const learningAnswers = (now: number, isEmpty: boolean) => {
  const experiments = isEmpty ? [] : makeExperiments(now)
  return {
    getTestMetrics: ({ query: { days } }) =>
      testMetricsOf(isEmpty ? nothing : counts, { from: timestamp(now - days * DAY_MS), to: timestamp(now) }),
    listExperiments: () => ({ items: experiments.map((one) => Experiment.parse(one)), nextCursor: null }),
    getExperiment: ({ params: { id } }) => experiments.find((one) => one.id === id),
    stopExperiment: ({ params: { id } }) => {
      const found = experiments.find((one) => one.id === id)
      return found && { ...found, state: 'stopped' as const }
    },
    getTestTrend: () => ({ items: isEmpty ? [] : [makeTrend(now)] }),
    listSuggestions: ({ params: { id } }) => ({ items: isEmpty ? [] : makeSuggestions(id, now) }),
    decideSuggestion: ({ params: { id }, body }) => {
      const [first] = makeSuggestions(id, now)
      return {
        ...first!,
        state: body.dismiss ? ('dismissed' as const) : ('accepted' as const),
        decidedAt: timestamp(now),
      }
    },
  } satisfies Partial<Answers>
}

const zero = { part: 0, whole: 0 }
const byState = { draft: 1, red: 2, active: 9, flaky: 1, broken: 1, unconfirmed: 2, retired: 3 }
const byKind = { smoke: 2, regression: 11, contract: 2, integration: 1 }
const counts: Parameters<typeof testMetricsOf>[0] = {
  coverage: { part: 11, whole: 13 },
  passRate: { part: 1_804, whole: 1_921 },
  confidence: { part: 1_296, whole: 16 },
  prevented: { part: 3, whole: 0 },
  selfHealing: { part: 5, whole: 12 },
  criticalRegressions: { part: 1, whole: 19 },
  byState,
  byKind,
}
const none = <Name extends string>(given: Record<Name, number>) =>
  Object.fromEntries(Object.keys(given).map((name) => [name, 0])) as Record<Name, number>
const nothing: typeof counts = {
  coverage: zero,
  passRate: zero,
  confidence: zero,
  prevented: zero,
  selfHealing: zero,
  criticalRegressions: zero,
  byState: none(byState),
  byKind: none(byKind),
}

const makeExperiments = (now: number): ExperimentDetails[] => {
  const random = createRandom(31)
  const arms = [{ name: 'now' }, { name: 'short', promptVersion: 'short.txt', prompt: 'Answer in one sentence.' }]
  const observations = Array.from({ length: 140 }, (_, index): Observation[] => [
    { arm: 'now', unit: String(index), passed: random.between(0, 99) < 70 },
    { arm: 'short', unit: String(index), passed: random.between(0, 99) < 88 },
  ]).flat()
  const design = { kind: 'paired' as const, margin: 0.15, maxSamples: 1_000 }
  const reading = readExperiment({ arms, design, isPairedByUnit: true }, observations)
  const { verdict, samples, passed, path } = reading
  return [
    ExperimentDetails.parse({
      id: idOf(21, 1),
      name: 'shorter prompt',
      state: verdict === 'undecided' ? 'running' : 'decided',
      verdict,
      reason: 'The evidence has crossed its bound.',
      arms,
      design,
      scope: { source: 'suite', suiteId: idOf(21, 2), repeats: 1, maxCostUsd: 1 },
      samples,
      costNanoUsd: 84_000_000,
      createdAt: timestamp(now - 3 * HOUR_MS),
      endedAt: verdict === 'undecided' ? null : timestamp(now - HOUR_MS),
      passed,
      path,
    }),
  ]
}

const makeTrend = (now: number): TestTrend => {
  const random = createRandom(32)
  const executions = Array.from({ length: 70 }, (_, index): Timed & { id: string } => ({
    id: idOf(22, index),
    at: timestamp(now - (70 - index) * 6 * HOUR_MS),
    outcome: index === 18 || index === 55 ? 'fail' : 'pass',
    durationMs: (index < 45 ? 900 : 1_700) + random.between(0, 300),
    ttftMs: 200 + random.between(0, 80),
    inputTokens: 412,
    outputTokens: 60 + random.between(0, 20),
    costNanoUsd: 240_000,
  }))
  const slower = new Set(slowdowns(executions))
  return {
    version: 1,
    target: 'compatible/m',
    executions: executions.length,
    figures: percentilesOf(executions),
    speed: speedChange(executions),
    points: executions.map(({ id, at, outcome, durationMs, ttftMs, costNanoUsd }, index) => ({
      id,
      at,
      outcome,
      durationMs,
      ttftMs,
      costNanoUsd,
      isSlowdown: slower.has(index),
      isRegression: outcome === 'fail',
    })),
  }
}

const makeSuggestions = (testId: string, now: number): Suggestion[] => [
  {
    id: idOf(23, 1),
    testId,
    rule: 'no_effective_assertion',
    origin: 'rule',
    title: 'Nothing in it fails on the recorded bad answer',
    why: 'The request asks for an answer of this JSON Schema, and the test does not check it.',
    before: { expected: { shouldNotFail: true } },
    after: { expected: { shouldNotFail: true, schema: { type: 'object', required: ['total'] } } },
    proof: {
      isVerified: true,
      red: 'is-json: /total must be number',
      green: 'It passed 2 times in a row.',
      at: timestamp(now),
    },
    costNanoUsd: 0,
    state: 'open',
    createdAt: timestamp(now),
    decidedAt: null,
  },
  {
    id: idOf(23, 2),
    testId,
    rule: 'no_time_limit',
    origin: 'rule',
    title: 'An answer may take for ever',
    why: 'An answer that comes too late passes. The slowest of its 50 latest passes took 1990 ms.',
    before: { expected: { shouldNotFail: true } },
    after: { expected: { shouldNotFail: true, maxDurationMs: 6_000 } },
    proof: null,
    costNanoUsd: 0,
    state: 'open',
    createdAt: timestamp(now),
    decidedAt: null,
  },
]
