import { AssayError, planCandidates, prices, timestamp, type Complete } from '@assay/core'
import { createComplete, createProviders, type Egress, type ResolvedModel } from '@assay/providers'
import type { Credentials } from './resolve.ts'

type Parts = { credentials: Credentials; now: () => number }

/** Where a workspace reaches a model, with its credential; refuses one that nobody knows or that it has no key for. */
export const createModelResolver = (parts: Parts, workspaceId: string) => {
  const providers = createProviders()
  return async (name: string): Promise<ResolvedModel> => {
    const [candidate] = planCandidates(
      { model: name, inputTokens: 0, hasImages: false, complexity: 'simple' },
      {
        prices,
        configured: [...(await parts.credentials.configured(workspaceId))],
        known: [...providers.keys()],
        allowedModels: [],
        allowedProviders: [],
        today: timestamp(parts.now()).slice(0, 10),
      },
    ).candidates
    const { provider, model } = candidate!
    if (providers.get(provider)?.needsCredential === false) {
      return { providerName: provider, model, baseUrl: null, secret: null }
    }
    const credential = await parts.credentials.resolve(workspaceId, provider)
    if (credential === null) throw new AssayError('vault.key_missing', { provider })
    return {
      providerName: provider,
      model,
      baseUrl: credential.baseUrl || null,
      secret: credential.secret,
      options: credential.options,
    }
  }
}

/**
 * Asks models with the credentials of a workspace, one call per question: what jobs use. The simulator in it counts
 * by caller, so that two runs do not see each other's faults.
 */
export const createCompleteFor =
  (parts: Parts & { egress: Egress }) =>
  (workspaceId: string, caller = workspaceId): Complete =>
    createComplete({
      egress: parts.egress,
      resolve: createModelResolver(parts, workspaceId),
      now: parts.now,
      providers: createProviders(),
      caller,
    })
