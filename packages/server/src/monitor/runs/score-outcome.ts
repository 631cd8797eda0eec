import {
  isUnverified,
  judge,
  timestamp,
  type Evidence,
  type Execution,
  type RegressionTest,
  type Run,
} from '@assay/core'
import * as stored from '@assay/store'
import { tellOfTest } from '../alerts/tell-tests.ts'
import type { App } from '../../app.ts'
import type { Tried } from './execute-test.ts'
import { actualText, expectedText } from './execution-text.ts'
import { failsAsRecorded, isRecordedFailure, type Seen } from './recorded-evidence.ts'

/** How far back the figures look: what is older weighs 0.001 in trust. */
const HISTORY = 150

export type Scoring = {
  workspaceId: string
  run: Run
  test: RegressionTest
  tried: Tried
  outcome: Execution['outcome']
  release: string | null
  isVerification: boolean
  signal: AbortSignal
}

/** Moves a test by what a run has seen of it, in one transaction, and only once for one run. */
export const scoreOutcome = async (app: App, parts: Scoring): Promise<void> => {
  const { workspaceId, run, tried, outcome, isVerification } = parts
  const at = timestamp(app.now())
  const asked = { workspaceId, runId: run.id, test: parts.test, signal: parts.signal }
  const wantsRed = outcome === 'pass' && (isVerification || parts.test.state === 'draft')
  const red = wantsRed ? await failsAsRecorded(app, asked) : null
  const isAsRecorded =
    outcome === 'fail' &&
    (isVerification || isUnverified(parts.test)) &&
    (await isRecordedFailure(app, { ...asked, tried }))
  const execution = await app.store.inWorkspace(workspaceId, async (scope) => {
    const test = await stored.lockRegressionTest(scope, parts.test.id)
    if (test === null) return null
    const history = await stored.readScores(scope, { testId: test.id, limit: HISTORY })
    const seen = red === null ? test : seenRed(test, red, { at, runId: run.id })
    const judged = judge(seen, outcome, {
      at,
      history,
      isAsRecorded,
      isVerification,
      passes: tried.passes,
      evidence: evidenceOf(parts, at),
    })
    const made = executionOf(app, { ...parts, test, judged, at })
    if (!(await stored.saveExecution(scope, made, judged))) return null
    await tellOfTest(app, scope, { before: test, after: judged, execution: made, history })
    return made
  })
  if (execution === null) return
  app.events.publish(workspaceId, {
    topic: 'runs',
    type: 'test.executed',
    id: execution.testId,
    counters: { confidence: execution.confidence },
  })
}

/** The test once it was seen to fail on what was recorded, which is no execution of its own. */
const seenRed = (
  test: RegressionTest,
  { source, result }: Seen,
  { at, runId }: { at: string; runId: string },
): RegressionTest => {
  const evidence: Evidence = { at, runId, source, expected: expectedText(test), actual: actualText(result) }
  if (!isUnverified(test)) return { ...test, verification: { ...test.verification, red: evidence } }
  // A test that passed already has shown green since.
  const { greenAt, verification } = test
  const red = judge(test, 'fail', { at, isAsRecorded: true, evidence })
  const green =
    test.state === 'draft' && greenAt !== null
      ? { greenAt, verification: { red: evidence, green: verification.green } }
      : {}
  return { ...red, ...green, runs: test.runs, lastRunAt: test.lastRunAt }
}

const evidenceOf = ({ run, test, tried }: Scoring, at: string): Evidence => ({
  at,
  runId: run.id,
  source: test.method === 'inject' ? 'protected' : 'live',
  expected: expectedText(test),
  actual: actualText(tried.results.at(-1)),
})

const executionOf = (
  app: App,
  parts: Scoring & { test: RegressionTest; judged: RegressionTest; at: string },
): Execution => {
  const { run, test, judged, outcome, tried, release, isVerification, at } = parts
  const { results, ttftMs } = tried
  const newest = results.at(-1)
  const costs = results.map(({ costNanoUsd }) => costNanoUsd)
  const usages = results.flatMap(({ usage }) => usage ?? [])
  return {
    id: app.createId(),
    testId: test.id,
    runId: run.id,
    version: parts.test.version,
    outcome,
    verification: isVerification || isUnverified(test),
    confidence: judged.confidence,
    trigger: run.trigger,
    environment: run.environment,
    release,
    attempts: results.length,
    passed: results.filter(({ status }) => status === 'passed').length,
    expected: expectedText(test),
    actual: actualText(newest),
    error: newest?.error ? `${newest.error.code}: ${newest.error.message}` : null,
    durationMs: results.reduce((sum, { durationMs }) => sum + durationMs, 0),
    ttftMs,
    inputTokens: usages.length === 0 ? null : usages.reduce((sum, { inputTokens }) => sum + inputTokens, 0),
    outputTokens: usages.length === 0 ? null : usages.reduce((sum, { outputTokens }) => sum + outputTokens, 0),
    costNanoUsd: costs.includes(null) ? null : costs.reduce<number>((sum, cost) => sum + (cost ?? 0), 0),
    at,
  }
}
