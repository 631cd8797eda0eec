import { isEndpoint, modelsOf, type PlannedCase, type Suite } from '@assay/core'
import type { App } from '../app.ts'
import { createModelResolver } from '../vault/complete-for.ts'

/**
 * Refuses a model that nobody knows, one whose provider the workspace has no key for, and an address that cannot be
 * one, before anything is asked.
 */
export const checkModels = async (
  app: Pick<App, 'credentials' | 'egress' | 'now'>,
  {
    workspaceId,
    suite,
    models,
    judge,
  }: { workspaceId: string; suite: Suite; models: readonly string[]; judge: string | undefined },
): Promise<void> => {
  const named = new Map(modelsOf(suite).map((model) => [model.label, model]))
  const resolve = createModelResolver(app, workspaceId)
  for (const model of models) {
    const { id = model, config, script } = named.get(model) ?? {}
    if (script !== undefined) continue
    if (isEndpoint(id)) checkAddress(app, typeof config?.['url'] === 'string' ? config['url'] : id)
    else await resolve(id)
  }
  if (judge !== undefined) await resolve(judge)
  if (suite.mcp === undefined || Array.isArray(suite.mcp)) return
  for (const server of Object.values(suite.mcp)) {
    if (server !== true && server.url !== undefined) checkAddress(app, server.url)
  }
}

/** An address with variables of the case in it is known when the case is run. */
const checkAddress = ({ egress }: Pick<App, 'egress'>, url: string): void => {
  if (!url.includes('{{')) egress.check(url)
}

/** Why a case cannot be run here, by what it requires; null when it can. */
export const missingHere =
  (configured: ReadonlySet<string>) =>
  ({ requires, modelId }: PlannedCase): string | null => {
    const isSimulated = /^sim[/:]/.test(modelId)
    for (const needed of requires) {
      if (needed === 'api' && isSimulated) return 'needs an API key'
      if (needed !== 'api' && modelId.startsWith(needed) && !isSimulated && !configured.has(needed)) {
        return `needs a key of ${needed}`
      }
    }
    return null
  }
