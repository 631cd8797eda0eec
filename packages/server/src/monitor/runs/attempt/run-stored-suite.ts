import {
  addToTotals,
  AssayError,
  emptyTotals,
  expectedToAssertions,
  totalsOf,
  type CaseResult,
  type Verdict,
} from '@assay/core'
import { runSuite } from '@assay/runner'
import { findSource, findSuite } from '@assay/store'
import type { App } from '../../../app.ts'
import { targetsOf } from '../../../suite/choose-targets.ts'
import { judgesOf } from '../../../suite/execute-suite.ts'
import { missingHere } from '../../../suite/check-models.ts'
import type { Attempted, Attempting } from './attempt.ts'

const GRACE_MS = 1_000
const MOST_TOLD = 20

/** Runs all cases of a stored suite; the attempt passes when each of them does. */
export const runStoredSuite = async (app: App, asked: Attempting): Promise<Attempted> => {
  const { workspaceId, runId, test, signal } = asked
  const startedAt = app.now()
  try {
    const { suite, models, dialect } = await suiteOf(app, asked)
    const sum = emptyTotals()
    const verdicts: Verdict[] = []
    const configured = new Set(await app.credentials.configured(workspaceId))
    await runSuite(suite, {
      models,
      dialect,
      complete: app.completeFor(workspaceId, `${runId} ${test.id}`),
      targetOf: targetsOf(app, suite),
      judges: await judgesOf(app, { workspaceId, judge: undefined }),
      sandbox: app.sandbox,
      missing: missingHere(configured),
      signal,
      now: app.now,
      graceMs: GRACE_MS,
      onEvent: (event) => {
        if (event.event !== 'result') return
        addToTotals(sum, event)
        if (event.status !== 'passed' && !event.quarantined) verdicts.push(caseVerdict(event))
      },
    })
    signal.throwIfAborted()
    const totals = totalsOf(sum)
    const { passed, total } = totals
    const isUndecided = verdicts.length > 0 && verdicts.every(({ unscored }) => unscored !== undefined)
    const status = verdicts.length === 0 ? 'passed' : isUndecided ? 'unscored' : 'failed'
    const durationMs = app.now() - startedAt
    const limits = limitVerdicts(test.expected, { durationMs, costNanoUsd: totals.costNanoUsd })
    const isOver = limits.some(({ pass }) => !pass)
    const result: CaseResult = {
      ...blank(asked),
      status: status === 'passed' && isOver ? 'failed' : status,
      score: total === 0 ? 0 : passed / total,
      response: `${passed} of ${total} cases passed`,
      verdicts: [...verdicts.slice(0, MOST_TOLD), ...limits],
      latencyMs: durationMs,
      durationMs,
      costNanoUsd: totals.costNanoUsd,
    }
    return { result, fingerprint: null, ttftMs: null }
  } catch (error) {
    if (signal.aborted || !(error instanceof AssayError)) throw error
    const { code, message } = error
    const result = { ...blank(asked), error: { code, message }, durationMs: app.now() - startedAt }
    return { result, fingerprint: null, ttftMs: null }
  }
}

const suiteOf = async (app: App, { workspaceId, test: { target } }: Attempting) => {
  if (target.kind !== 'suite') throw new Error('the test has no suite')
  const { suiteId } = target
  const found = await app.store.inWorkspace(workspaceId, async (scope) => {
    const stored = await findSuite(scope, { id: suiteId })
    const source = stored && (await findSource(scope, stored.sourceHash))
    return stored && source !== null ? { stored, source } : null
  })
  if (found === null) throw new AssayError('resource.not_found', { what: 'suite', id: suiteId })
  const { name, file, dialect, models: own } = found.stored
  const models = target.models ?? own
  if (models.length === 0) {
    const issues = [{ path: 'target.models', message: `the suite ${name} names no model; name one here` }]
    throw new AssayError('input.invalid', { what: 'regression test', issues })
  }
  return { suite: await app.suites.read({ name, source: found.source, file, dialect }), models, dialect }
}

const caseVerdict = ({ title, model, status, verdicts, error, reason }: CaseResult): Verdict => {
  const failed = verdicts.find(({ pass }) => !pass)
  const why = error?.message ?? failed?.reason ?? reason ?? status
  const isUnscored = status === 'unscored' || status === 'skipped'
  return {
    type: 'case',
    pass: false,
    score: 0,
    reason: `${title} on ${model}: ${why}`.slice(0, 500),
    weight: 1,
    ...(isUnscored && { unscored: 'assertion.judge_unavailable' as const }),
  }
}

/** The suite has its own assertions; time and money are the test's. */
const limitVerdicts = (
  expected: Parameters<typeof expectedToAssertions>[0],
  { durationMs, costNanoUsd }: { durationMs: number; costNanoUsd: number },
): Verdict[] => {
  const { maxDurationMs, maxCostUsd } = expected
  const over = (type: string, pass: boolean, reason: string): Verdict => ({
    type,
    pass,
    score: pass ? 1 : 0,
    reason,
    weight: 1,
  })
  return [
    ...(maxDurationMs === undefined
      ? []
      : [over('latency', durationMs <= maxDurationMs, `${Math.round(durationMs)} of ${maxDurationMs} ms`)]),
    ...(maxCostUsd === undefined
      ? []
      : [over('cost', costNanoUsd <= maxCostUsd * 1e9, `$${costNanoUsd / 1e9} of $${maxCostUsd}`)]),
  ]
}

const blank = ({ test }: Attempting): CaseResult => ({
  caseKey: test.id,
  title: test.name,
  model: 'suite',
  repeat: 1,
  status: 'error',
  score: 0,
  input: 'the cases of the suite',
  response: null,
  error: null,
  verdicts: [],
  latencyMs: null,
  durationMs: 0,
  usage: null,
  costNanoUsd: 0,
})
