import {
  AssayError,
  balance,
  estimateInputTokens,
  imagesOf,
  MOST_CANDIDATES,
  planCandidates,
  priceOf,
  type Candidate,
  type ChatRequest,
  type Complexity,
  type Plan,
} from '@assay/core'
import type { CallOptions } from './call-options.ts'
import type { Facts, WorkspaceFacts } from './facts.ts'
import type { Latencies } from '../attempt/latency.ts'
import type { KeyHolder } from '../parts.ts'

type Wanted = {
  request: ChatRequest
  options: CallOptions
  complexity: Complexity
  holder: KeyHolder
  facts: Facts
  known: WorkspaceFacts
  latencies: Latencies
  random: () => number
}

/** The models to try: the plan's in the order that the key wants, then those that the caller declared. */
export const planChat = (wanted: Wanted, declared: readonly string[]): Plan => {
  const { request, options, holder } = wanted
  if (request.model === 'auto' && options.route === 'off') {
    const issues = [{ path: 'x-assay-route', message: 'off needs a model of its own name, not auto' }]
    throw new AssayError('input.invalid', { what: 'request', issues })
  }
  const plan = planOf(request.model, wanted)
  const ordered = holder.routePolicy ? balanced(plan.candidates, holder.routePolicy, wanted) : plan.candidates
  if (declared.length === 0) return { ...plan, candidates: [...ordered] }
  return { ...plan, candidates: withFallbacks(ordered, declared, wanted) }
}

const planOf = (model: string, { request, complexity, holder, facts, known }: Wanted): Plan => {
  const isAuto = model === 'auto'
  return planCandidates(
    {
      ...request,
      model,
      complexity,
      // Counting is for choosing; a named model is called whatever it costs.
      inputTokens: isAuto ? estimateInputTokens(request) : 0,
      hasImages: isAuto && request.messages.some(({ content }) => imagesOf(content) > 0),
    },
    facts.planFacts(holder, known),
  )
}

const balanced = (
  candidates: readonly Candidate[],
  policy: NonNullable<KeyHolder['routePolicy']>,
  { known, latencies, random }: Wanted,
): readonly Candidate[] =>
  balance(candidates, policy, {
    tierOf: ({ provider, model }) => priceOf(provider, model, known.prices)?.tier ?? null,
    latencyMsOf: (candidate) => latencies.of(candidate),
    random,
  })

const withFallbacks = (planned: readonly Candidate[], declared: readonly string[], wanted: Wanted): Candidate[] => {
  const candidates = new Map(planned.map((candidate) => [`${candidate.provider}/${candidate.model}`, candidate]))
  for (const name of declared) {
    for (const candidate of planOf(name, wanted).candidates) {
      const key = `${candidate.provider}/${candidate.model}`
      if (!candidates.has(key)) candidates.set(key, { ...candidate, reason: 'fallback' })
    }
  }
  return [...candidates.values()].slice(0, MOST_CANDIDATES)
}
