import { AssayError, pluginNames, type Suite } from '@assay/core'
import { readModelName } from '../local-models.ts'

/** How cases may be run, as it is asked for. */
export const frameworks = ['auto', 'model', 'agent', 'litellm', 'claude-agent'] as const
export type Framework = (typeof frameworks)[number]

/** What runs the cases of one model. */
export type Executor = 'model' | 'agent' | 'claude-agent'

/** What decides who runs a case. */
export type ExecutorChoice = {
  framework: Framework
  hasPlugins: boolean
  /** The format of a package. */
  format: string | undefined
  hasClaudeAgent: boolean
}

/** Who runs the cases of a model: an agent where there are plugins or the package is one for agents. */
export const executorOf = (
  { framework, hasPlugins, format, hasClaudeAgent }: ExecutorChoice,
  modelId: string,
): Executor => {
  if (framework === 'agent' || framework === 'claude-agent') return framework
  const isAgent = framework === 'auto' && (hasPlugins || format === 'claude')
  if (!isAgent) return 'model'
  return hasClaudeAgent && isClaude(modelId) ? 'claude-agent' : 'agent'
}

/** True for a suite whose cases an agent runs, whoever is asked to: it has plugins, or says what a tool it declares answers. */
export const wantsAgent = (suite: Suite): boolean =>
  pluginNames(suite.mcp).length > 0 || (suite.tools.length > 0 && agentKeysOf(suite).includes('faults'))

/** Refuses what only an agent has a use for, where none runs: nothing of a suite is skipped in silence. */
export const refuseAgentKeys = (suite: Suite): void => {
  const keys = agentKeysOf(suite)
  if (keys.length > 0)
    throw new AssayError('suite.needs_agent', { what: keys.map((key) => `\`${key}:\``).join(' and ') })
}

/** The keys with which the suite, or a case of it, says something to an agent. */
const agentKeysOf = (suite: Suite): ('workspace' | 'faults')[] => {
  const cases = [...suite.tests, ...suite.scenarios.flatMap(({ config, tests }) => [...config, ...tests])]
  const all = [suite, ...cases, suite.defaultTest ?? {}]
  return (['workspace', 'faults'] as const).filter((key) =>
    all.some((one) => (key === 'faults' ? (one.faults?.length ?? 0) > 0 : one.workspace !== undefined)),
  )
}

/** Models that the Claude Agent SDK speaks to. */
const isClaude = (modelId: string): boolean => {
  try {
    return readModelName(modelId).provider === 'anthropic'
  } catch {
    return false
  }
}
