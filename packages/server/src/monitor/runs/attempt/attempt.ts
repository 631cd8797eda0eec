import {
  asksNothing,
  checkExpected,
  diagnose,
  expectedToAssertions,
  targetText,
  type CaseResult,
  type Complete,
  type RegressionTest,
  type Verdict,
} from '@assay/core'
import { Suite } from '@assay/core'
import { runSuite, type RunOptions } from '@assay/runner'
import type { App } from '../../../app.ts'
import { targetsOf } from '../../../suite/choose-targets.ts'
import { judgesOf } from '../../../suite/execute-suite.ts'
import { storableResult } from '../../../suite/storable-result.ts'
import { checkDatabase } from './check-database.ts'
import { gatewayCall } from './ask-gateway.ts'
import { planeCall, type Witness } from './ask-plane.ts'
import { runPhases } from './run-phases.ts'
import { runStoredSuite } from './run-stored-suite.ts'

/** A call that is stopped gets so long to end by itself. */
const GRACE_MS = 1_000

/** One attempt of a test; what its error would have been grouped as, when there was one. */
export type Attempted = { result: CaseResult; fingerprint: string | null; ttftMs: number | null }

export type Attempting = {
  workspaceId: string
  runId: string
  test: RegressionTest
  signal: AbortSignal
  /** False: an injected fault is met without retry and fallback. */
  isProtected?: boolean
}

/** Tries a test once: its phases in turn, or its one case. */
export const attempt = async (app: App, asked: Attempting): Promise<Attempted> => {
  const { test } = asked
  if (test.phases.length > 0) return runPhases(app, asked)
  if (test.target.kind === 'database') return checkDatabase(app, asked)
  if (test.target.kind === 'suite') return runStoredSuite(app, asked)
  return askOnce(app, asked)
}

/** Tries the one case of a test against its target, through the very function that runs every other suite. */
export const askOnce = async (app: App, asked: Attempting): Promise<Attempted> => {
  const { workspaceId, test, isProtected = true } = asked
  if (test.target.kind === 'endpoint')
    return judged(test, await runCase(app, asked, await endpointCase(app, asked)), null)
  const call =
    test.target.kind === 'gateway'
      ? gatewayCall(app, { workspaceId, test })
      : planeCall(app, { workspaceId, test, isProtected })
  const result = await runCase(app, asked, { complete: asRecorded(test, call.complete) })
  return judged(test, result, call.witness())
}

/** Judges a given text as the answer of a test. */
export const judgeText = async (app: App, asked: Attempting, text: string): Promise<Attempted> => {
  const complete: Complete = ({ model }) => Promise.resolve(answerOf(model, text))
  return judged(asked.test, await runCase(app, asked, { complete }), null)
}

type CaseOptions = { complete: Complete; suite?: Suite; models?: readonly string[]; targetOf?: RunOptions['targetOf'] }

const runCase = async (app: App, { workspaceId, test, signal }: Attempting, options: CaseOptions) => {
  const { complete, suite = suiteOf(test), models = [modelName(test)], targetOf } = options
  let found: CaseResult | null = null
  await runSuite(suite, {
    models,
    complete,
    targetOf,
    judges: await judgesOf(app, { workspaceId, judge: undefined }),
    askJudge: app.completeFor(workspaceId, test.id),
    sandbox: app.sandbox,
    signal,
    now: app.now,
    graceMs: GRACE_MS,
    retries: 0, // a failure is repeated by the execution, where it can be seen
    onEvent: (event) => {
      if (event.event === 'result') found = storableResult(event)
    },
  })
  signal.throwIfAborted() // a stop leaves no result
  if (found === null) throw new Error(`the test ${test.name} gave no result`)
  return found as CaseResult
}

const modelName = ({ target }: RegressionTest): string => targetText(target).slice(0, 256)

/** Puts together what the assertions said and what only an expectation asks; an error may be what is wanted. */
const judged = (test: RegressionTest, result: CaseResult, witness: Witness | null): Attempted => {
  const { expected } = test
  const told = witness?.error && result.status === 'error' ? { ...result, error: witness.error } : result
  const fingerprint = told.status === 'error' && witness?.failure ? diagnose(witness.failure).fingerprint : null
  const more = [...(witness?.verdicts ?? []), ...checkExpected(expected, { text: told.response, fingerprint })]
  const ttftMs = witness?.ttftMs ?? null
  if (told.status !== 'error') return { result: withVerdicts(told, more), fingerprint, ttftMs }
  const isWanted = expected.shouldNotFail === false && isTold(told)
  if (!isWanted) return { result: { ...told, verdicts: [...told.verdicts, ...more] }, fingerprint, ttftMs }
  const { code, message } = told.error!
  const handled = verdictOf('error-handled', true, `told as ${code}`)
  const answered = { ...told, status: 'passed' as const, score: 1, error: null, response: `${code}: ${message}` }
  return { result: withVerdicts(answered, [handled, ...more]), fingerprint, ttftMs }
}

/** True for an error that says something of the product, and not of what keeps the test from being run. */
const isTold = ({ error }: CaseResult): boolean => error !== null && /^(gateway|suite\.endpoint)/.test(error.code)

const verdictOf = (type: string, pass: boolean, reason: string): Verdict => ({
  type,
  pass,
  score: pass ? 1 : 0,
  reason,
  weight: 1,
})

/** A result with further verdicts, any of which may fail it. */
export const withVerdicts = (result: CaseResult, more: readonly Verdict[]): CaseResult => {
  if (more.length === 0) return result
  const verdicts = [...result.verdicts, ...more]
  const isFailed = result.status === 'passed' && more.some(({ pass }) => !pass)
  const { unasserted: _unasserted, ...rest } = result
  return { ...rest, verdicts, ...(isFailed ? { status: 'failed' as const, score: 0 } : {}) }
}

/** The test as a suite of one case; what is asked is the recorded request itself, whatever its text holds. */
const suiteOf = ({ id, name, expected, tags }: RegressionTest): Suite =>
  Suite.parse({
    name: name.slice(0, 200),
    tests: [{ id, description: name, input: 'the recorded request', ...caseOf(expected, tags) }],
  })

const caseOf = (expected: RegressionTest['expected'], tags: readonly string[]) => ({
  tags,
  limits: expected.maxDurationMs === undefined ? {} : { timeoutMs: timeLimit(expected.maxDurationMs) },
  assert: expectedToAssertions(expected),
})

/** Time enough to see by how much an answer was too slow. */
const timeLimit = (maxDurationMs: number): number => Math.min(3_600_000, Math.max(1_000, Math.ceil(maxDurationMs * 2)))

/** The same case against an address: its texts are values, so that nothing in them is read as a template. */
const endpointCase = async (app: App, { test }: Attempting): Promise<CaseOptions> => {
  const { target, request, id, name, expected, tags } = test
  if (target.kind !== 'endpoint' || request === null) throw new Error(`the test ${name} has no address`)
  const texts = request.messages.map(({ content }) =>
    typeof content === 'string' ? content : JSON.stringify(content ?? ''),
  )
  const messages = request.messages.map((message, place) => ({ ...message, content: `{{message${place}}}` }))
  const vars = Object.fromEntries(texts.map((text, place) => [`message${place}`, text]))
  const suite = Suite.parse({
    name: name.slice(0, 200),
    providers: [{ id: target.url, label: modelName(test), config: target.config }],
    tests: [{ id, description: name, messages, vars, ...caseOf(expected, tags) }],
  })
  const none: Complete = () => Promise.reject(new Error('an address is asked, and no model'))
  return { complete: none, suite, targetOf: targetsOf(app, suite) }
}

/** Asks with every field the application sent, tools and response format too. */
const asRecorded =
  ({ request, target }: RegressionTest, complete: Complete): Complete =>
  ({ model }, options) => {
    if (request === null || asksNothing(target)) throw new Error(`the test of ${model} asks nothing`)
    return complete({ ...request, model }, options)
  }

const answerOf = (model: string, text: string): Awaited<ReturnType<Complete>> => ({
  providerName: 'recorded',
  responseModel: model,
  text,
  reasoningText: '',
  toolCalls: [],
  finishReason: 'stop',
  usage: {
    inputTokens: 0,
    outputTokens: 0,
    cacheReadInputTokens: 0,
    cacheWriteInputTokens: 0,
    reasoningOutputTokens: 0,
  },
  usageEstimated: true,
  costNanoUsd: 0,
  latencyMs: 0,
  ttftMs: null,
})
