import { AssayError, type Complete, type PlannedCase, type Suite } from '@assay/core'
import type { Egress } from '@assay/providers'
import { agentTarget } from '../agent/agent-target.ts'
import { choosePlugins, runsOf } from '../agent/choose-plugins.ts'
import { refuseAgentKeys, wantsAgent } from '../agent/framework.ts'
import { assertCommands, assertVariables, openersOf, secretsOf } from '../agent/open-plugins.ts'
import type { Target } from '../target.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Where agents of a suite work, and whether the programs it names may be started. */
export type AgentTests = { folder: string; environment: Environment; allowPlugins: boolean }

/** Makes the agent of each case; null for a suite whose models are asked once a turn. */
export type EvalAgents = (egress: Egress) => (complete: Complete, planned: PlannedCase) => Target

/** The agents of a suite as tests run them: as `assay test` does, and what it would ask about must be allowed here. */
export const evalAgents = (suite: Suite, { folder, environment, allowPlugins }: AgentTests): EvalAgents | null => {
  const plugins = choosePlugins({ options: [], suite })
  if (plugins.length === 0 && !wantsAgent(suite)) {
    refuseAgentKeys(suite)
    return null
  }
  const programs = plugins.filter((plugin) => plugin.kind === 'server')
  if (programs.length > 0 && !allowPlugins) {
    const reason = `The suite ${suite.name ?? ''} starts plugins: ${programs.map(runsOf).join(', ')}.`
    throw new AssayError('usage.invalid', { reason, example: 'evalSuite(suite, { allowPlugins: true })' })
  }
  assertVariables(plugins, environment)
  assertCommands(plugins, { environment, typedIn: folder })
  return (egress) => {
    const agent = {
      plugins: openersOf(plugins, { egress, environment, suiteFolder: folder, typedIn: folder }),
      workspace: { suiteFolder: folder, root: environment['TEST_WORKSPACE_PATH'] },
      secrets: secretsOf(plugins, environment),
      now: Date.now,
    }
    return (complete, planned) => agentTarget(complete, planned, agent)
  }
}
