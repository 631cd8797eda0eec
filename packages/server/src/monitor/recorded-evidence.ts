import {
  diagnose,
  FailureReport,
  isAssayError,
  noUsage,
  redactReport,
  type CaseResult,
  type Complete,
  type RegressionTest,
} from '@assay/core'
import { newestReplayable } from '@assay/store'
import type { App } from '../app.ts'
import { completeForTest } from './complete-for-test.ts'
import { attempt, type Tried } from './execute-test.ts'

type Needed = Pick<App, 'store' | 'sandbox' | 'now' | 'completeFor' | 'credentials'>
type Asked = { workspaceId: string; runId: string; test: RegressionTest; signal: AbortSignal }

/**
 * True when a test is seen to fail on what was recorded: the bad answer itself, or the fault with the protection off.
 * Where the fix is live already, this is the only way to know that the test can fail at all.
 */
export const failsAsRecorded = async (app: Needed, asked: Asked): Promise<boolean> =>
  isRed(asked.test, await runRecorded(app, asked))

/**
 * True when a failed test failed as production did: the played fault came through, the same assertions fail as on the
 * recorded answer, or the error falls into the test's own group.
 */
export const isRecordedFailure = async (
  app: Needed,
  { results, thrown, ...asked }: Asked & Tried,
): Promise<boolean> => {
  const newest = results.at(-1)
  if (newest === undefined) return false
  if (asked.test.method === 'inject') return newest.status === 'error'
  if (newest.status === 'error') return fingerprintOf(newest, thrown) === asked.test.expected.fingerprintAbsent
  const recorded = await runRecorded(app, asked)
  if (!isRed(asked.test, recorded)) return false
  return newest.verdicts.some(({ pass }, place) => !pass && recorded.verdicts[place]?.pass === false)
}

const isRed = ({ method }: RegressionTest, result: CaseResult | null): result is CaseResult =>
  result?.status === (method === 'inject' ? 'error' : 'failed')

const runRecorded = async (app: Needed, { workspaceId, runId, test, signal }: Asked): Promise<CaseResult | null> => {
  const complete = await recorded(app, { workspaceId, runId, test })
  return complete && (await attempt(app, { test, complete, signal })).result
}

const recorded = async (app: Needed, { workspaceId, runId, test }: Omit<Asked, 'signal'>): Promise<Complete | null> => {
  if (test.target.kind === 'fault') {
    return completeForTest(app, { workspaceId, caller: `${runId} ${test.id} unprotected`, test, isProtected: false })
  }
  const { groupId } = test
  if (groupId === null) return null
  const failure = await app.store.inWorkspace(workspaceId, (scope) => newestReplayable(scope, groupId))
  return failure?.output ? answering(failure.output) : null
}

/** A model that says what was recorded. */
const answering =
  (text: string): Complete =>
  async ({ model }) => ({
    providerName: 'recorded',
    responseModel: model,
    text,
    reasoningText: '',
    toolCalls: [],
    finishReason: 'stop',
    usage: noUsage,
    usageEstimated: true,
    costNanoUsd: 0,
    latencyMs: 0,
    ttftMs: null,
  })

/** The group an error would fall into, had the gateway reported it. */
const fingerprintOf = ({ error }: CaseResult, thrown: unknown): string | null => {
  if (error === null) return null
  const details = isAssayError(thrown) ? (thrown.details as ProviderDetails) : {}
  const { provider, providerStatus, providerCode, providerType } = details
  const report = FailureReport.parse({
    name: names[error.code] ?? 'ProviderError',
    message: error.message,
    provider,
    httpStatus: providerStatus ?? (isAssayError(thrown) ? thrown.status : undefined),
    providerCode,
    providerType,
  })
  return diagnose(redactReport(report).value).fingerprint
}

type ProviderDetails = { provider?: string; providerStatus?: number; providerCode?: string; providerType?: string }

// The names that the gateway gives its own failures.
const names: Record<string, string> = {
  'gateway.timeout': 'TimeoutError',
  'gateway.provider_unreachable': 'ConnectionError',
}
