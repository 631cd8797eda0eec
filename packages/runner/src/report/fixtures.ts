import { addToTotals, emptyTotals, noUsage, totalsOf, type CaseResult } from '@assay/core'
import type { RunBegan, RunEnded } from './format.ts'

/** A run as reports are told of it, for their tests. */
export const began: RunBegan = {
  event: 'run.started',
  name: 'try & see',
  models: ['sim/echo'],
  total: 5,
  startedAt: '2026-11-21T17:00:00.000Z',
}

/** One result, as it is when nothing else is said. */
export const resultOf = (given: Partial<CaseResult> = {}): CaseResult => ({
  caseKey: 'a',
  title: 'a case',
  model: 'sim/echo',
  repeat: 1,
  status: 'passed',
  score: 1,
  input: 'hi',
  response: 'hi',
  error: null,
  verdicts: [],
  latencyMs: 3,
  durationMs: 12,
  usage: { ...noUsage, inputTokens: 8, outputTokens: 3 },
  costNanoUsd: 2_000,
  ...given,
})

/** What those results come to. */
export const endedOf = (results: readonly CaseResult[], given: Partial<RunEnded> = {}): RunEnded => {
  const sum = emptyTotals()
  for (const result of results) addToTotals(sum, result)
  const totals = totalsOf(sum, 1_234)
  const models = [...new Set(results.map(({ model }) => model))]
  return {
    status: 'completed',
    totals,
    models: models.map((model) => Object.assign({ model }, totals)),
    answered: totals.total,
    errors: {},
    stopped: null,
    isPass: totals.failed + totals.error === 0,
    savedRepeats: 0,
    resumed: 0,
    spentNanoUsd: totals.costNanoUsd,
    repeats: [],
    slowest: null,
    startedAt: began.startedAt,
    finishedAt: '2026-11-21T17:00:02.000Z',
    runId: 'run-1',
    ...given,
  }
}
