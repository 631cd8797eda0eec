import { dirname, resolve } from 'node:path'
import type { Complete, PlannedCase, Suite } from '@assay/core'
import type { AgentOptions, ChosenPlugin, RunOptions, Target } from '@assay/runner'
import type { Egress } from '@assay/providers'
import type { ActionContext } from '../../action.ts'
import type { Terminal } from '../../terminal/terminal.ts'
import { confirmPlugins } from './confirm.ts'
import type { TestOptions } from './options.ts'

/** Who runs the cases, decided and confirmed before any model is called. */
export type Agents = {
  /** The suite as it is run. */
  suite: Suite
  /** Addresses of plugins that the user named, so that calls may go there although they are private. */
  allow: string[]
  /** Opens what agents need; undefined where models are asked once a turn. */
  targetOf: (parts: { egress: Egress } & Pick<AgentOptions, 'aroundTools'>) => RunOptions['targetOf']
}

/** Reads what the command line and the suite want of agents; what is missing or refused is told here. */
export const chooseAgents = async (
  context: ActionContext,
  terminal: Terminal,
  given: { suite: Suite; format: string | undefined; suitePath: string; options: TestOptions },
): Promise<Agents> => {
  const runner = await import('@assay/runner')
  const { suite, format, suitePath, options } = given
  const { framework, plugins: asked = [] } = options
  const isModel = framework === 'model' || framework === 'litellm'
  if (isModel) return { suite: withoutAgent(suite), allow: [], targetOf: () => undefined }
  const plugins = runner.choosePlugins({ options: asked, suite })
  const isAgent = framework !== 'auto' || plugins.length > 0 || format === 'claude' || runner.wantsAgent(suite)
  if (!isAgent) {
    runner.refuseAgentKeys(suite)
    return { suite, allow: [], targetOf: () => undefined }
  }
  const claude = await runner.loadClaudeAgent()
  if (claude === null && framework === 'claude-agent') throw runner.claudeAgentMissing()
  const suiteFolder = dirname(resolve(suitePath))
  if (options.dryRun) {
    context.out.note('An agent calls its model several times for a case; the first call is what is counted.')
    return { suite, allow: [], targetOf: () => undefined }
  }
  runner.assertVariables(plugins, terminal.environment)
  runner.assertCommands(plugins, { environment: terminal.environment, typedIn: process.cwd() })
  for (const workspace of workspacesOf(suite)) await runner.checkWorkspace(workspace, suiteFolder)
  const allowed = await confirmPlugins(context, terminal, { plugins, suiteFolder, yes: options.yes ?? false })
  return {
    suite,
    allow: urlsOf(plugins, allowed),
    targetOf: ({ egress, aroundTools }) => {
      const { environment, now } = terminal
      const parts = { egress, environment, suiteFolder, typedIn: process.cwd() }
      const agent = {
        plugins: runner.openersOf(plugins, parts),
        workspace: { suiteFolder, root: environment['TEST_WORKSPACE_PATH'] },
        secrets: runner.secretsOf(plugins, environment),
        now,
        aroundTools,
      }
      const choice = { framework, format, hasPlugins: plugins.length > 0, hasClaudeAgent: claude !== null }
      return (complete: Complete, planned: PlannedCase): Target => {
        const isClaude = claude !== null && runner.executorOf(choice, planned.modelId) === 'claude-agent'
        const player = isClaude ? () => runner.playClaudeTurn(claude, { environment }) : undefined
        return runner.agentTarget(complete, planned, { ...agent, player })
      }
    },
  }
}

/** Without an agent there is nothing that its keys could mean: the same cases are asked of the models alone. */
const withoutAgent = (suite: Suite): Suite => {
  const { mcp: _, workspace: __, ...others } = suite
  return { ...others, faults: [] }
}

const workspacesOf = ({ workspace, defaultTest, tests, scenarios }: Suite): Set<string> => {
  const cases = [...tests, ...scenarios.flatMap(({ config, tests }) => [...config, ...tests]), defaultTest ?? {}]
  const named = [workspace, ...cases.map((one) => one.workspace)]
  return new Set(named.filter((path): path is string => path !== undefined))
}

const urlsOf = (plugins: readonly ChosenPlugin[], allowed: ReadonlySet<string>): string[] =>
  plugins.flatMap((plugin) => {
    if (plugin.kind === 'built-in' || plugin.server.url === undefined || !URL.canParse(plugin.server.url)) return []
    const { hostname, port, protocol } = new URL(plugin.server.url)
    const isNamed = plugin.from === 'typed' || allowed.has(plugin.server.url)
    return isNamed ? [`${hostname}:${port || (protocol === 'https:' ? 443 : 80)}`] : []
  })
