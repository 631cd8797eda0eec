import type { ChatMessage, Complete, RegressionTest } from '@assay/core'
import type { App } from '../app.ts'
import { protect } from './protection.ts'

/**
 * Asks what a test asks. A replayed request goes to its model, with the workspace's credentials. An injected fault
 * never leaves the process: the simulator plays what the provider did, behind the protection that a request has.
 */
export const completeForTest = (
  { completeFor }: Pick<App, 'completeFor'>,
  target: { workspaceId: string; caller: string; test: RegressionTest; isProtected?: boolean },
): Complete => {
  const { workspaceId, caller, test, isProtected = true } = target
  const complete = completeFor(workspaceId, caller)
  if (test.target.kind === 'model') return complete
  const faulty = withFault(test.target.fault, complete)
  return isProtected ? protect(faulty) : faulty
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
