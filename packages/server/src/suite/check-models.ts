import { AssayError, modelsOf, type PlannedCase, type Suite } from '@assay/core'
import type { App } from '../app.ts'
import { createModelResolver } from '../vault/complete-for.ts'

/** Refuses a model that nobody knows, and one whose provider the workspace has no key for, before anything is asked. */
export const checkModels = async (
  app: Pick<App, 'credentials' | 'now'>,
  { workspaceId, suite, models }: { workspaceId: string; suite: Suite; models: readonly string[] },
): Promise<void> => {
  const ids = new Map(modelsOf(suite).map(({ label, id }) => [label, id]))
  const resolve = createModelResolver(app, workspaceId)
  for (const model of models) await resolve(ids.get(model) ?? model)
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

/** The models that a run is on: those asked for, else those of the suite. */
export const modelsFor = (suite: Suite, asked: readonly string[] | undefined): string[] => {
  const models = asked ?? modelsOf(suite).map(({ label }) => label)
  if (models.length > 0) return [...new Set(models)]
  const issues = [{ path: 'models', message: 'the suite names none, so that they must be named here' }]
  throw new AssayError('input.invalid', { what: 'body', issues })
}
