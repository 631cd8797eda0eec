import type { Complete } from '@assay/core'
import type { LocalModels } from '@assay/runner'
import type { Terminal } from '../../terminal/terminal.ts'

/** The way to the models, which remembers the last error: it tells why no call came through. */
export const createAsked = async (
  { resolve, allow }: LocalModels,
  { environment, now }: Terminal,
  alsoAllowed: readonly string[],
) => {
  const [{ createComplete, createEgress }, { readConfig, silentLog }] = await Promise.all([
    import('@assay/providers'),
    import('@assay/core'),
  ])
  const { ASSAY_EGRESS_ALLOW: allowed } = readConfig(environment)
  const egress = createEgress({ allow: [...allowed, ...allow, ...alsoAllowed], log: silentLog })
  const next = createComplete({ egress, resolve, now })
  let last: unknown = null
  const complete: Complete = async (request, options) => {
    try {
      return await next(request, options)
    } catch (error) {
      last = error
      throw error
    }
  }
  return { complete, egress, lastError: () => last, [Symbol.asyncDispose]: () => egress.close() }
}

/** The way to judges in a run that asks nothing: it counts what would have been asked. */
export const createUnasked = async () => {
  const { AssayError } = await import('@assay/core')
  const calls = new Map<string, number>()
  const complete: Complete = ({ model }) => {
    calls.set(model, (calls.get(model) ?? 0) + 1)
    const reason = 'its verdict is not kept, and a rescored run asks nothing'
    return Promise.reject(new AssayError('assertion.judge_unavailable', { model, reason }))
  }
  const notes = (): string[] =>
    [...calls].map(
      ([model, count]) =>
        `${count} ${count === 1 ? 'call' : 'calls'} to the judge ${model} would be needed and ${count === 1 ? 'was' : 'were'} not made; --ask-judges makes them.`,
    )
  return { complete, notes }
}
