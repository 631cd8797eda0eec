import {
  estimateInputTokens,
  imagesOf,
  isAssayError,
  planCandidates,
  scoreComplexity,
  type ChatRequest,
  type Complete,
} from '@assay/core'
import { createProviders } from '@assay/providers'
import type { App } from '../app.ts'
import { createFacts } from '../gateway/chat/facts.ts'
import { faultOf, isWorthAnother } from '../gateway/attempt/fault.ts'

/** The model that failed in production, as far as the failure tells. */
export type FailedModel = { provider: string | null; model: string | null }

const FALLBACK = 'sim/echo'

/**
 * Asks as the gateway would ask today: the faulty model, then each candidate that the workspace's plan has behind the
 * one that failed, and nothing else. No model is asked twice: a fault that is played passes only when it was told to.
 */
export const protect =
  (faulty: Complete, findFallbacks: () => Promise<number>): Complete =>
  async (request, options) => {
    for (let fallbacks = await findFallbacks(), model = request.model; ; fallbacks--, model = FALLBACK) {
      try {
        return await faulty({ ...request, model }, options)
      } catch (error) {
        if (fallbacks <= 0 || !isPassedOn(error)) throw error
      }
    }
  }

/** How many models the gateway has left for a request when the one that failed has failed again. */
export const countFallbacks = async (
  app: Pick<App, 'credentials' | 'now'>,
  { workspaceId, request, failed }: { workspaceId: string; request: ChatRequest; failed: FailedModel },
): Promise<number> => {
  const facts = createFacts(app, [...createProviders().keys()])
  const { candidates } = planCandidates(
    {
      ...request,
      complexity: scoreComplexity(request).complexity,
      inputTokens: request.model === 'auto' ? estimateInputTokens(request) : 0,
      hasImages: request.messages.some(({ content }) => imagesOf(content) > 0),
    },
    facts.planFacts({ allowedModels: [], allowedProviders: [] }, await facts.read(workspaceId)),
  )
  const place = candidates.findIndex(({ provider, model }) => isSame(failed, `${provider}/${model}`))
  // A plan that no longer has the model meets the fault in its first place.
  return candidates.length - 1 - Math.max(0, place)
}

/** An application may write the provider before the model or apart from it. */
const isSame = ({ provider, model }: FailedModel, name: string): boolean =>
  model === name || `${provider}/${model}` === name

const isPassedOn = (error: unknown): boolean => {
  if (!isAssayError(error)) return false
  const status = isAssayError(error, 'gateway.provider_failed') ? (error.details.providerStatus ?? null) : null
  return isWorthAnother({ ...faultOf(error), status })
}
