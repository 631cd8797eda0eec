import {
  formatUsd,
  judge,
  timestamp,
  type CaseResult,
  type Execution,
  type RegressionTest,
  type Run,
} from '@assay/core'
import * as stored from '@assay/store'
import type { App } from '../app.ts'
import type { Tried } from './execute-test.ts'
import { failsAsRecorded, isRecordedFailure } from './recorded-evidence.ts'

/** How far back quarantine looks, twice, so that what was served is seen to be. */
const HISTORY = 60

/** Moves a test by what a run has seen of it, in one transaction, and only once for one run. */
export const scoreOutcome = async (
  app: App,
  parts: {
    workspaceId: string
    run: Run
    test: RegressionTest
    tried: Tried
    outcome: Execution['outcome']
    signal: AbortSignal
  },
): Promise<void> => {
  const { workspaceId, run, tried, outcome } = parts
  const { results } = tried
  const at = timestamp(app.now())
  const asked = { workspaceId, runId: run.id, test: parts.test, signal: parts.signal }
  const isUnproven = parts.test.state === 'draft' && outcome === 'pass'
  const wasRed = isUnproven && (await failsAsRecorded(app, asked))
  const isAsRecorded =
    outcome === 'fail' && isVerification(parts.test) && (await isRecordedFailure(app, { ...asked, ...tried }))
  const execution = await app.store.inWorkspace(workspaceId, async (scope) => {
    const test = await stored.lockRegressionTest(scope, parts.test.id)
    if (test === null) return null
    const { items } = await stored.listExecutions(scope, { testId: test.id, limit: HISTORY })
    const history = items.filter(({ verification }) => !verification)
    const seen =
      wasRed && test.state === 'draft' ? { ...judge(test, 'fail', { at, isAsRecorded: true }), runs: test.runs } : test
    const judged = judge(seen, outcome, { at, history, isAsRecorded })
    const made = executionOf(app, { run, test, judged, outcome, results, at })
    return (await stored.saveExecution(scope, made, judged)) ? made : null
  })
  if (execution === null) return
  app.events.publish(workspaceId, {
    topic: 'runs',
    type: 'test.executed',
    id: execution.testId,
    counters: { confidence: execution.confidence },
  })
}

/** True while red and green are being shown. */
const isVerification = ({ state }: RegressionTest): boolean =>
  state === 'draft' || state === 'red' || state === 'unconfirmed'

const executionOf = (
  app: App,
  parts: {
    run: Run
    test: RegressionTest
    judged: RegressionTest
    outcome: Execution['outcome']
    results: readonly CaseResult[]
    at: string
  },
): Execution => {
  const { run, test, judged, outcome, results, at } = parts
  const newest = results.at(-1)
  const costs = results.map(({ costNanoUsd }) => costNanoUsd)
  return {
    id: app.createId(),
    testId: test.id,
    runId: run.id,
    outcome,
    verification: isVerification(test),
    confidence: judged.confidence,
    trigger: run.trigger,
    environment: run.environment,
    expected: expectedText(test),
    actual: actualText(newest),
    error: newest?.error ? `${newest.error.code}: ${newest.error.message}` : null,
    durationMs: results.reduce((sum, { durationMs }) => sum + durationMs, 0),
    costNanoUsd: costs.includes(null) ? null : costs.reduce<number>((sum, cost) => sum + (cost ?? 0), 0),
    at,
  }
}

/** What must hold, for people. */
const expectedText = ({ expected }: RegressionTest): string => {
  const parts = [
    ...(expected.shouldNotFail === false ? [] : ['the request is answered']),
    ...(expected.schema ? ['the answer fits its JSON Schema'] : []),
    ...(expected.assertions ?? []).map(({ type, value }) =>
      value === undefined ? type : `${type} ${JSON.stringify(value).slice(0, 200)}`,
    ),
    ...(expected.maxDurationMs === undefined ? [] : [`within ${expected.maxDurationMs} ms`]),
    ...(expected.maxCostUsd === undefined ? [] : [`for at most ${formatUsd(expected.maxCostUsd * 1e9)}`]),
  ]
  return parts.join('; ')
}

const MAX_TEXT = 2_000

const actualText = (result: CaseResult | undefined): string => {
  if (result === undefined) return 'it was not run'
  if (result.status === 'error') return (result.error?.message ?? 'an error').slice(0, MAX_TEXT)
  const failed = result.verdicts.filter(({ pass }) => !pass).map(({ type, reason }) => `${type}: ${reason}`)
  return (failed.length > 0 ? failed.join('; ') : (result.response ?? '')).slice(0, MAX_TEXT)
}
