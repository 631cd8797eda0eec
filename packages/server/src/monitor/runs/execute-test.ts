import {
  decide,
  ruleOf,
  type AttemptRule,
  type CaseResult,
  type Decided,
  type RegressionTest,
  type Tried as TriedOnce,
} from '@assay/core'
import { saveResults } from '@assay/store'
import type { App } from '../../app.ts'
import { attempt } from './attempt/attempt.ts'

/** How one execution ended. `error`: it could not be run at all, which says nothing about the product. */
export type TestOutcome = NonNullable<Decided>['outcome']

/** A test's attempts; of the newest what its error would be grouped as, when this process made it. */
export type Tried = {
  results: CaseResult[]
  fingerprint: string | null
  ttftMs: number | null
  outcome: TestOutcome
  /** Passes in a row. */
  passes: number
}

/** What a run allows its tests. */
export type Allowance = {
  reruns?: number | undefined
  /** Show green: two passes in a row are wanted. */
  isVerification: boolean
  /** Why nothing more may be asked; null while it may. */
  refusal: () => string | null
  /** Told of what an attempt cost. */
  spent: (costNanoUsd: number) => void
}

/**
 * Runs a test until it is decided: one pass decides and a failure must repeat itself, or so many of so many attempts
 * must pass. Goes on after the attempts that an earlier process has stored.
 */
export const executeTest = async (
  app: App,
  parts: {
    workspaceId: string
    runId: string
    test: RegressionTest
    results: readonly CaseResult[]
    signal: AbortSignal
    allowance: Allowance
  },
): Promise<Tried> => {
  const { workspaceId, runId, test, signal, allowance } = parts
  const rule: AttemptRule = ruleOf(test, { reruns: allowance.reruns, rounds: allowance.isVerification ? 2 : 1 })
  const results = [...parts.results]
  let fingerprint: string | null = null
  let ttftMs: number | null = null
  for (;;) {
    const decided =
      results.length === 0
        ? null
        : decide(
            rule,
            results.map((result) => triedOf(test, result)),
          )
    if (decided) return { results, fingerprint, ttftMs, ...decided }
    signal.throwIfAborted()
    const refusal = allowance.refusal()
    const made = refusal === null ? await attempt(app, { workspaceId, runId, test, signal }) : null
    const result = made?.result ?? notRun(test, refusal ?? '')
    fingerprint = made?.fingerprint ?? null
    ttftMs = made?.ttftMs ?? ttftMs
    const newest = { ...result, repeat: results.length + 1 }
    results.push(newest)
    allowance.spent(newest.costNanoUsd ?? 0)
    await app.store.inWorkspace(workspaceId, (scope) => saveResults(scope, runId, [newest]))
  }
}

const triedOf = (test: RegressionTest, result: CaseResult): TriedOnce => {
  if (couldNotRun(test, result)) return 'error'
  return result.status === 'passed' ? 'passed' : 'failed'
}

/** Errors of ours that come before anybody was asked. */
const beforeAsking =
  /^(vault|egress|access|config|internal|routing|input|resource)\.|^suite\.(?!endpoint_)|^gateway\.(model_unknown|store_unavailable|shed|only_embeddings)$/
/** Errors after which a replay has seen nothing of the product: the model did not answer, or not to us. */
const withoutAnswer = new Set(['gateway.provider_unreachable', 'gateway.timeout'])
const refusedToUs = /: HTTP 40[13]\b/

const couldNotRun = ({ method, expected }: RegressionTest, { status, error }: CaseResult): boolean => {
  if (status === 'skipped' || status === 'unscored') return true
  if (status !== 'error' || error === null) return false
  const code = error.code
  if (beforeAsking.test(code)) return true
  // A fault that is played is what the test is there to see.
  if (method === 'inject') return false
  // Too late for a limit of its own is an answer to what the test asks.
  if (code === 'limit.time') return expected.maxDurationMs === undefined
  return withoutAnswer.has(code) || (code === 'gateway.provider_failed' && refusedToUs.test(error.message))
}

const notRun = ({ id, name }: RegressionTest, reason: string): CaseResult => ({
  caseKey: id,
  title: name,
  model: 'none',
  repeat: 1,
  status: 'skipped',
  score: 0,
  input: '',
  response: null,
  error: { code: 'limit.cost', message: reason },
  reason,
  verdicts: [],
  latencyMs: null,
  durationMs: 0,
  usage: null,
  costNanoUsd: 0,
})
