import { noUsage, type Complete, type RegressionTest } from '@assay/core'
import { newestReplayable } from '@assay/store'
import type { App } from '../app.ts'
import { completeForTest } from './complete-for-test.ts'
import { attempt } from './execute-test.ts'

/**
 * True when a test is seen to fail on what was recorded: the bad answer itself, or the fault with the protection off.
 * Where the fix is live already, this is the only way to know that the test can fail at all.
 */
export const failsAsRecorded = async (
  app: Pick<App, 'store' | 'sandbox' | 'now' | 'completeFor' | 'credentials'>,
  { workspaceId, runId, test }: { workspaceId: string; runId: string; test: RegressionTest },
): Promise<boolean> => {
  const complete = await recorded(app, { workspaceId, runId, test })
  if (complete === null) return false
  const { status } = await attempt(app, { test, complete, signal: new AbortController().signal })
  return status === 'failed' || status === 'error'
}

const recorded = async (
  app: Pick<App, 'store' | 'now' | 'completeFor' | 'credentials'>,
  { workspaceId, runId, test }: { workspaceId: string; runId: string; test: RegressionTest },
): Promise<Complete | null> => {
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
