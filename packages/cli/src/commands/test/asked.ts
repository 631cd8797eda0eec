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
