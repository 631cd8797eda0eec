import { AssayError, type Suite } from '@assay/core'
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

/** Refuses what only an agent has a use for, where none runs: nothing of a suite is skipped in silence. */
export const refuseAgentKeys = (suite: Suite): void => {
  const cases = [...suite.tests, ...suite.scenarios.flatMap(({ config, tests }) => [...config, ...tests])]
  const all = [suite, ...cases, suite.defaultTest ?? {}]
  const keys = (['workspace', 'faults'] as const).filter((key) =>
    all.some((one) => (key === 'faults' ? (one.faults?.length ?? 0) > 0 : one.workspace !== undefined)),
  )
  if (keys.length > 0)
    throw new AssayError('suite.needs_agent', { what: keys.map((key) => `\`${key}:\``).join(' and ') })
}

/** Models that the Claude Agent SDK speaks to. */
const isClaude = (modelId: string): boolean => {
  try {
    return readModelName(modelId).provider === 'anthropic'
  } catch {
    return false
  }
}
