import {
  type CaseResult,
  expectedToAssertions,
  type ChatRequest,
  type Complete,
  type RegressionTest,
  Suite,
} from '@assay/core'
import { runSuite } from '@assay/runner'
import { saveResults } from '@assay/store'
import type { App } from '../app.ts'
import { storableResult } from '../suite/storable-result.ts'
import { completeForTest } from './complete-for-test.ts'

/** Attempts on one version before a failing test counts as failed: the first and three more. */
const MOST_ATTEMPTS = 4

/** A call that is stopped gets so long to end by itself. */
const GRACE_MS = 1_000

/** How one execution ended. `error`: it could not be run at all, which says nothing about the product. */
export type TestOutcome = 'pass' | 'flaky' | 'fail' | 'error'

/**
 * Runs a test until it is decided: one pass decides, and a failure must repeat itself. Goes on after the attempts that
 * an earlier process has stored.
 */
export const executeTest = async (
  app: Pick<App, 'store' | 'sandbox' | 'now' | 'completeFor' | 'credentials'>,
  parts: {
    workspaceId: string
    runId: string
    test: RegressionTest
    results: readonly CaseResult[]
    signal: AbortSignal
  },
): Promise<Tried> => {
  const { workspaceId, runId, test, signal } = parts
  const results = [...parts.results]
  let thrown: unknown = null
  while (!isDecided(test, results)) {
    signal.throwIfAborted()
    const caller = `${runId} ${test.id} ${results.length}`
    const complete = completeForTest(app, { workspaceId, caller, test })
    const newestAttempt = await attempt(app, { test, complete, signal })
    thrown = newestAttempt.thrown
    results.push({ ...newestAttempt.result, repeat: results.length + 1 })
    const [newest] = results.slice(-1)
    await app.store.inWorkspace(workspaceId, (scope) => saveResults(scope, runId, [newest!]))
  }
  return { results, thrown }
}

/** A test's attempts, and what the newest one threw; null also when another process made it. */
export type Tried = { results: CaseResult[]; thrown: unknown }

/** The word for a test's attempts, the newest last. */
export const outcomeOf = (test: RegressionTest, results: readonly CaseResult[]): TestOutcome => {
  const newest = results.at(-1)
  if (newest === undefined || couldNotRun(test, newest)) return 'error'
  if (newest.status !== 'passed') return 'fail'
  return results.length === 1 ? 'pass' : 'flaky'
}

const isDecided = (test: RegressionTest, results: readonly CaseResult[]): boolean => {
  const newest = results.at(-1)
  if (newest === undefined) return false
  return newest.status === 'passed' || couldNotRun(test, newest) || results.length >= MOST_ATTEMPTS
}

/** Errors of ours that come before any model was asked. */
const beforeAsking =
  /^(vault|egress|access|config|internal|routing|suite)\.|^gateway\.(model_unknown|store_unavailable|shed)$/
/** Errors after which a replay has seen nothing of the product: the model did not answer, or not to us. */
const withoutAnswer = new Set(['gateway.provider_unreachable', 'gateway.timeout'])
const refusedToUs = /: HTTP 40[13]\b/

const couldNotRun = ({ method, expected }: RegressionTest, { status, error }: CaseResult): boolean => {
  if (status === 'skipped' || status === 'unscored') return true
  if (status !== 'error' || error === null) return false
  if (beforeAsking.test(error.code)) return true
  // A fault that is played is what the test is there to see.
  if (method === 'inject') return false
  // Too late for a limit of its own is an answer to what the test asks.
  if (error.code === 'limit.time') return expected.maxDurationMs === undefined
  return withoutAnswer.has(error.code) || (error.code === 'gateway.provider_failed' && refusedToUs.test(error.message))
}

/** One attempt, through the very function that runs every other suite. */
export const attempt = async (
  { sandbox, now }: Pick<App, 'sandbox' | 'now'>,
  { test, complete, signal }: { test: RegressionTest; complete: Complete; signal: AbortSignal },
): Promise<{ result: CaseResult; thrown: unknown }> => {
  let found: CaseResult | null = null
  let thrown: unknown = null
  const watched: Complete = async (request, options) => {
    try {
      return await complete(request, options)
    } catch (error) {
      thrown = error
      throw error
    }
  }
  await runSuite(suiteOf(test), {
    models: [test.target.model],
    complete: asRecorded(test.request, watched),
    sandbox,
    signal,
    now,
    graceMs: GRACE_MS,
    retries: 0, // a failure is repeated above, where it can be seen
    onEvent: (event) => {
      if (event.event === 'result') found = storableResult(event)
    },
  })
  signal.throwIfAborted() // a stop leaves no result
  if (found === null) throw new Error(`the test ${test.name} gave no result`)
  return { result: found, thrown }
}

/** The test as a suite of one case; what is asked is the recorded request itself, whatever its text holds. */
const suiteOf = ({ id, name, expected, tags }: RegressionTest): Suite =>
  Suite.parse({
    name,
    tests: [
      {
        id,
        description: name,
        input: 'the recorded request',
        tags,
        limits: expected.maxDurationMs === undefined ? {} : { timeoutMs: timeLimit(expected.maxDurationMs) },
        assert: expectedToAssertions(expected),
      },
    ],
  })

/** Time enough to see by how much an answer was too slow. */
const timeLimit = (maxDurationMs: number): number => Math.min(3_600_000, Math.max(1_000, Math.ceil(maxDurationMs * 2)))

/** Asks with every field the application sent, tools and response format too. */
const asRecorded =
  (recorded: ChatRequest, complete: Complete): Complete =>
  ({ model }, options) => {
    const { stream: _stream, stream_options: _streamOptions, ...request } = recorded
    return complete({ ...request, model }, options)
  }
