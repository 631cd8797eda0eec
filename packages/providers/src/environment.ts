import { AssayError, planCandidates, prices, timestamp, type Config } from '@assay/core'
import type { ResolvedModel } from './complete.ts'
import { compatible, openai } from './compatible/compatible.ts'

/** The providers that a run without a server can call: the simulator, and OpenAI when the environment has its key. */
export type EnvironmentProviders = {
  configured: string[]
  resolve: (model: string) => Promise<ResolvedModel>
}

/** Reads them from OPENAI_API_KEY and OPENAI_BASE_URL; `now` tells which models are retired. */
export const environmentProviders = (
  config: Pick<Config, 'OPENAI_API_KEY' | 'OPENAI_BASE_URL'>,
  now: () => number,
): EnvironmentProviders => {
  const hasOpenai = config.OPENAI_API_KEY !== undefined || config.OPENAI_BASE_URL !== undefined
  const configured = hasOpenai ? [openai.name, compatible.name, 'sim'] : ['sim']
  return {
    configured,
    resolve: async (name) => {
      const [candidate] = planCandidates(
        { model: name, inputTokens: 0, hasImages: false, complexity: 'simple' },
        {
          prices,
          configured,
          known: [openai.name, compatible.name, 'sim'],
          allowedModels: [],
          today: timestamp(now()).slice(0, 10),
        },
      ).candidates
      const { provider, model } = candidate!
      if (provider === 'sim') return { providerName: provider, model, baseUrl: null, secret: null }
      if (!hasOpenai) throw new AssayError('vault.key_missing', { provider })
      const baseUrl = config.OPENAI_BASE_URL ?? openai.defaultBaseUrl
      return { providerName: provider, model, baseUrl, secret: config.OPENAI_API_KEY ?? null }
    },
  }
}
