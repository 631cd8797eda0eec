import type { PlannedCase, Suite } from '@assay/core'
import type { SuiteFile } from '@assay/runner'
import type { ActionContext } from '../../action.ts'
import type { Terminal } from '../../terminal/terminal.ts'
import { usageError } from '../../terminal/usage-error.ts'
import type { TestOptions } from './options.ts'

/** The models to run, and why a case cannot be run on one of them. */
export type Reachable = { models: string[]; missing: (planned: PlannedCase) => string | null }

/** The models to run. One that was asked for must have a key; of several in the suite those without are left out. */
export const reachableModels = async (
  { out }: ActionContext,
  { environment }: Terminal,
  { suite, target, options }: { suite: Suite; target: SuiteFile['target']; options: TestOptions },
): Promise<Reachable> => {
  const [{ casesOf, isAssayError, isEndpoint, modelsOf }, { DEFAULT_MODEL, localModels }] = await Promise.all([
    import('@assay/core'),
    import('@assay/runner'),
  ])
  const named = new Map(modelsOf(suite).map(({ label, id }) => [label, id]))
  // Neither an address nor a script is asked with a key of ours.
  const keyFree = new Set(modelsOf(suite).flatMap(({ label, script }) => (script === undefined ? [] : [label])))
  const wanted = options.models ?? (named.size > 0 ? [...named.keys()] : [DEFAULT_MODEL])
  if (target) {
    if (!options.models) return { models: wanted, missing: () => null }
    throw usageError('This suite tests a function, which no model takes the place of.', 'Leave -m out.')
  }
  if (options.dryRun) return { models: wanted, missing: () => null }
  const { resolve } = localModels(environment, { isProxied: options.framework === 'litellm' })
  const found: string[] = []
  const keyless = new Set<string>()
  let first: unknown
  for (const model of wanted) {
    // What is replayed is asked of nobody.
    if (options.replay !== undefined || keyFree.has(model) || isEndpoint(named.get(model) ?? model)) {
      found.push(model)
      continue
    }
    try {
      await resolve(named.get(model) ?? model)
      found.push(model)
    } catch (error) {
      if (options.models || !isAssayError(error, 'suite.key_missing')) throw error
      first ??= error
      keyless.add(model)
      out.note(`Skipped ${model}: ${error.message}`)
    }
  }
  const missing = (planned: PlannedCase): string | null => {
    const isSimulated = planned.modelId.startsWith('sim/') || planned.modelId.startsWith('sim:')
    for (const needed of planned.requires) {
      if (needed === 'api' && (isSimulated || keyless.has(planned.model))) return 'needs an API key'
      if (keyless.has(planned.model) && planned.modelId.startsWith(needed)) return `needs a key of ${needed}`
    }
    return null
  }
  // Without a key, a suite that says of every case what it needs is skipped and not refused.
  if (found.length === 0 && [...casesOf(suite)].every(({ requires }) => requires.length > 0))
    return { models: wanted, missing }
  if (found.length === 0) throw first
  return { models: found, missing }
}
