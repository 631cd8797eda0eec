import type { ChatMessage, Complete, RegressionTest } from '@assay/core'
import { newestReplayable } from '@assay/store'
import type { App } from '../app.ts'
import { countFallbacks, protect, type FailedModel } from './protection.ts'

/**
 * Asks what a test asks. A replayed request goes to its model, with the workspace's credentials. An injected fault
 * never leaves the process: the simulator plays what the provider did, in that provider's place of the gateway's plan.
 */
export const completeForTest = (
  app: Pick<App, 'completeFor' | 'credentials' | 'store' | 'now'>,
  target: { workspaceId: string; caller: string; test: RegressionTest; isProtected?: boolean },
): Complete => {
  const { workspaceId, caller, test, isProtected = true } = target
  const complete = app.completeFor(workspaceId, caller)
  if (test.target.kind === 'model') return complete
  const faulty = withFault(test.target.fault, complete)
  if (!isProtected) return faulty
  return protect(faulty, async () =>
    countFallbacks(app, { workspaceId, request: test.request, failed: await findFailed(app, workspaceId, test) }),
  )
}

const findFailed = async (
  { store }: Pick<App, 'store'>,
  workspaceId: string,
  { groupId }: RegressionTest,
): Promise<FailedModel> => {
  const failure = groupId && (await store.inWorkspace(workspaceId, (scope) => newestReplayable(scope, groupId)))
  return failure || { provider: null, model: null }
}

/** The first system message tells the simulator what to play. */
const withFault =
  (fault: Record<string, unknown>, complete: Complete): Complete =>
  (request, options) => {
    const script: ChatMessage = { role: 'system', content: JSON.stringify(fault) }
    return complete(
      request.model.endsWith('/fault') ? { ...request, messages: [script, ...request.messages] } : request,
      options,
    )
  }
