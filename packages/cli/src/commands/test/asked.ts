import type { Complete, Suite } from '@assay/core'
import type { LocalModels } from '@assay/runner'
import type { Terminal } from '../../terminal/terminal.ts'

/** What the user named himself: addresses as models, and those of plugins. */
type Named = { suite?: Suite; named?: readonly string[]; allow?: readonly string[] }

/** The way to the models and addresses, which remembers the last error: it tells why no call came through. */
export const createAsked = async (
  { resolve, allow }: LocalModels,
  { environment, now }: Terminal,
  { suite, named = [], allow: alsoAllowed = [] }: Named = {},
) => {
  const [{ createComplete, createEgress }, { createAskEndpoint }, { isEndpoint, modelsOf, readConfig, silentLog }] =
    await Promise.all([import('@assay/providers'), import('@assay/runner'), import('@assay/core')])
  const labels = new Set((suite ? modelsOf(suite) : []).map(({ label }) => label))
  const onCommandLine = named.filter((name) => isEndpoint(name) && !labels.has(name))
  const own = ownPlaces([...onCommandLine, ...(suite?.env ?? []).map((name) => environment[name] ?? '')])
  const allowed = [...readConfig(environment).ASSAY_EGRESS_ALLOW, ...allow, ...alsoAllowed, ...own]
  const egress = createEgress({ allow: allowed, log: silentLog })
  let last: unknown = null
  const onError = (error: unknown): void => {
    last = error
  }
  const next = createComplete({ egress, resolve, now })
  const complete: Complete = async (request, options) => {
    try {
      return await next(request, options)
    } catch (error) {
      onError(error)
      throw error
    }
  }
  const ask = createAskEndpoint({ egress, now })
  return { complete, ask, egress, onError, lastError: () => last, [Symbol.asyncDispose]: () => egress.close() }
}

/**
 * Private addresses that the user names: on the command line, or in a variable of the environment that the suite uses.
 * One that only stands in the file may be another author's, and needs ASSAY_EGRESS_ALLOW.
 */
const ownPlaces = (given: readonly string[]): string[] =>
  given
    .filter((text) => /^https?:/.test(text) && URL.canParse(text))
    .map((text) => {
      const { hostname, port, protocol } = new URL(text)
      return `${hostname}:${port || (protocol === 'https:' ? 443 : 80)}`
    })

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
