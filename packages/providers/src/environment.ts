import { AssayError, operatorProviders, planCandidates, prices, timestamp, type Config } from '@assay/core'
import type { ResolvedModel } from './complete.ts'
import { compatible } from './compatible/compatible.ts'
import { createProviders } from './providers.ts'

/** The providers that a run without a server can call: the simulator, and those whose key is in the environment. */
export type EnvironmentProviders = {
  configured: string[]
  resolve: (model: string) => Promise<ResolvedModel>
}

/** Reads them from the operator's keys and base URLs; `now` tells which models are retired. */
export const environmentProviders = (config: Partial<Config>, now: () => number): EnvironmentProviders => {
  const operated = new Map(operatorProviders(config).map((place) => [place.provider, place]))
  // A server at OPENAI_BASE_URL may be any that speaks chat completions.
  const openai = operated.get('openai')
  if (openai) operated.set(compatible.name, openai)
  const providers = createProviders()
  const configured = [...operated.keys(), 'sim']
  return {
    configured,
    resolve: async (name) => {
      const [candidate] = planCandidates(
        { model: name, inputTokens: 0, hasImages: false, complexity: 'simple' },
        {
          prices,
          configured,
          known: [...providers.keys()],
          allowedModels: [],
          allowedProviders: [],
          today: timestamp(now()).slice(0, 10),
        },
      ).candidates
      const { provider, model } = candidate!
      if (providers.get(provider)?.needsCredential === false) {
        return { providerName: provider, model, baseUrl: null, secret: null }
      }
      const place = operated.get(provider)
      if (!place) throw new AssayError('vault.key_missing', { provider })
      const baseUrl = place.baseUrl ?? providers.get(place.provider)!.defaultBaseUrl
      return { providerName: provider, model, baseUrl, secret: place.secret }
    },
  }
}
