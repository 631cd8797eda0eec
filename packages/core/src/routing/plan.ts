import { outputLimitOf } from '../gateway/tokens.ts'
import type { ChatRequest } from '../gateway/chat.ts'
import { nearestNames } from '../gateway/nearest.ts'
import { costOf } from '../gateway/cost.ts'
import { modelTiers, type Capability, type ModelTier, type PriceRow } from '../gateway/price-row.ts'
import { canonicalProvider, priceOf } from '../gateway/price.ts'
import type { Complexity } from '../gateway/request.ts'
import { noUsage } from '../gateway/usage.ts'
import { AssayError } from '../errors.ts'
import { matchesAny } from './glob.ts'

/** One model to try. */
export type Candidate = {
  provider: string
  model: string
  expectedCostNanoUsd: number | null
  /** `pinned` when the caller named it, `price`, `latency` or `weighted` for the first of the tier, `fallback` behind. */
  reason: 'pinned' | 'price' | 'latency' | 'weighted' | 'fallback'
}

/** A model that was not taken, and by which rule. */
export type Rejection = { provider: string; model: string; why: string }

export type Plan = { candidates: Candidate[]; rejected: Rejection[] }

/** What planning looks at of a request. */
export type PlannedRequest = Pick<
  ChatRequest,
  'model' | 'tools' | 'response_format' | 'max_tokens' | 'max_completion_tokens'
> & {
  inputTokens: number
  hasImages: boolean
  complexity: Complexity
}

/** What planning knows of the world: no clock and no chance of its own. */
export type PlanFacts = {
  prices: readonly PriceRow[]
  /** Providers this workspace can call, the preferred ones first. */
  configured: readonly string[]
  /** Providers there are at all. */
  known: readonly string[]
  /** Globs over `provider/model`; empty allows all. */
  allowedModels: readonly string[]
  /** Globs over the provider's name; empty allows all. */
  allowedProviders: readonly string[]
  /** Names of the workspace's own, each with the models it stands for in the order they are tried. */
  aliases?: ReadonlyMap<string, readonly string[]>
  /** The day (UTC) as `YYYY-MM-DD`, for models that are retired. */
  today: string
}

/** So many models one request may try. */
export const MOST_CANDIDATES = 5

const tierOf: Record<Complexity, ModelTier> = { simple: 'economy', medium: 'standard', complex: 'premium' }

/** Output to expect when nothing has been measured. */
const expectedOutput: Record<Complexity, number> = { simple: 128, medium: 512, complex: 1_024 }

/**
 * The models to try for a request, the first choice first. A named model pins: nothing but that model is called. An
 * alias of the workspace stands for its models.
 * `auto` takes the cheapest model of the tier that fits the complexity.
 */
export const planCandidates = (request: PlannedRequest, facts: PlanFacts): Plan =>
  request.model === 'auto' ? planAuto(request, facts) : planNamed(request, facts)

/** The model a name stands for, with what its alias tries after it; throws `gateway.model_unknown`. */
const planNamed = (request: PlannedRequest, facts: PlanFacts): Plan => {
  const [first, ...others] = facts.aliases?.get(request.model) ?? [request.model]
  const named = resolveName(first!, facts)
  if (!mayCall(facts, named)) {
    throw new AssayError('access.model_not_allowed', { model: `${named.provider}/${named.model}` })
  }
  const fallbacks = others.map((other) => resolveName(other, facts))
  const isAllowed = (model: Named) => mayCall(facts, model)
  return {
    candidates: [
      candidateOf(named, 'pinned', { request, facts }),
      ...fallbacks.filter(isAllowed).map((model) => candidateOf(model, 'fallback', { request, facts })),
    ],
    rejected: fallbacks
      .filter((model) => !isAllowed(model))
      .map((model) => ({ ...model, why: 'not allowed for the key' })),
  }
}

type Named = { provider: string; model: string }

const candidateOf = (
  named: Named,
  reason: Candidate['reason'],
  { request, facts }: { request: PlannedRequest; facts: PlanFacts },
): Candidate => {
  const row = priceOf(named.provider, named.model, facts.prices)
  return { ...named, expectedCostNanoUsd: row && expectedCost(request, row), reason }
}

const resolveName = (name: string, facts: PlanFacts): Named => {
  const slash = name.indexOf('/')
  if (slash > 0) {
    const provider = canonicalProvider(name.slice(0, slash))
    if (facts.known.includes(provider) || facts.configured.includes(provider)) {
      const model = name.slice(slash + 1)
      if (model !== '' && (provider !== 'sim' || priceOf(provider, model, facts.prices))) return { provider, model }
    }
  }
  const offering = new Set(facts.prices.filter(({ model }) => model === name).map(({ provider }) => provider))
  const provider = facts.configured.find((configured) => offering.has(configured)) ?? barePlace(name, facts)
  if (provider) return { provider, model: name }
  throw new AssayError('gateway.model_unknown', { model: name, suggestions: suggestionsFor(name, facts) })
}

/** A priced name that no configured provider sells may still be served by the one compatible server there is. */
const barePlace = (name: string, { configured, known, prices }: PlanFacts): string | undefined => {
  const offering = known.find((provider) => priceOf(provider, name, prices))
  const isPriced = offering !== undefined || prices.some(({ model }) => model === name)
  if (!isPriced) return undefined
  if (offering !== undefined && configured.includes(offering)) return offering
  return configured.includes('compatible') ? 'compatible' : offering
}

const suggestionsFor = (name: string, { prices, configured, known, aliases }: PlanFacts): string[] => {
  const namesOf = (providers: readonly string[]) =>
    prices.filter(({ provider }) => providers.includes(provider)).map(({ provider, model }) => `${provider}/${model}`)
  const near = nearestNames(name, [...(aliases?.keys() ?? []), ...namesOf(configured)], 3)
  return near.length > 0 ? near : nearestNames(name, namesOf(known), 3)
}

const planAuto = (request: PlannedRequest, facts: PlanFacts): Plan => {
  const rejected: Rejection[] = []
  const open: { row: PriceRow; tier: ModelTier; cost: number }[] = []
  for (const row of facts.prices) {
    if (row.tier === null) continue
    const why = refusal(request, facts, row)
    if (why === null) open.push({ row, tier: row.tier, cost: expectedCost(request, row) })
    else if (why !== 'not configured') rejected.push({ provider: row.provider, model: row.model, why })
  }
  if (open.length === 0) throw new AssayError('routing.no_candidate', { rejected })
  const order = new Map(facts.configured.map((provider, index) => [provider, index]))
  const ranked = open.sort(
    (a, b) =>
      a.cost - b.cost ||
      (order.get(a.row.provider) ?? 0) - (order.get(b.row.provider) ?? 0) ||
      (a.row.model < b.row.model ? -1 : 1),
  )
  const wanted = modelTiers.indexOf(tierOf[request.complexity])
  const higher = ranked.filter(({ tier }) => modelTiers.indexOf(tier) >= wanted)
  // Never down to a lower tier while the wanted one or a higher one has a model.
  const eligible = higher.length > 0 ? higher : ranked
  const candidates = tierOrder(wanted)
    .flatMap((tier) => onePerProviderFirst(eligible.filter((candidate) => candidate.tier === tier)))
    .slice(0, MOST_CANDIDATES)
    .map(({ row, cost }, index): Candidate => ({
      provider: row.provider,
      model: row.model,
      expectedCostNanoUsd: cost,
      reason: index === 0 ? 'price' : 'fallback',
    }))
  return { candidates, rejected }
}

/** The wanted tier, then the higher ones, then the lower ones. */
const tierOrder = (wanted: number): ModelTier[] => [
  ...modelTiers.slice(wanted),
  ...modelTiers.slice(0, wanted).toReversed(),
]

/** So that a fallback leaves the provider that failed as soon as it can. */
const onePerProviderFirst = <Item extends { row: PriceRow }>(ranked: Item[]): Item[] => {
  const seen = new Set<string>()
  const first = ranked.filter(({ row }) => !seen.has(row.provider) && seen.add(row.provider))
  return [...first, ...ranked.filter((item) => !first.includes(item))]
}

/** Why a model cannot take a request; null when it can. The rules stand in the order they are tried. */
const refusal = (request: PlannedRequest, facts: PlanFacts, row: PriceRow): string | null => {
  if (!facts.configured.includes(row.provider)) return 'not configured'
  if (row.provider === 'sim' && hasRealModels(facts)) return 'simulated'
  if (row.retiredAt !== undefined && facts.today >= row.retiredAt) return `retired ${row.retiredAt}`
  if (!mayCall(facts, row)) return 'not allowed for the key'
  const missing = neededOf(request).find((capability) => row.lacks?.includes(capability))
  if (missing) return `lacks ${missing}`
  const limit = outputLimitOf(request)
  if (limit !== null && limit > row.maxOutputTokens) return `answers at most ${row.maxOutputTokens} tokens`
  if (request.inputTokens + (limit ?? 0) > row.contextWindow) return `holds ${row.contextWindow} tokens`
  return null
}

/** The simulator stands in only where no configured provider has a model that `auto` could choose. */
export const hasRealModels = ({ prices, configured }: Pick<PlanFacts, 'prices' | 'configured'>): boolean =>
  prices.some(({ provider, tier }) => provider !== 'sim' && tier !== null && configured.includes(provider))

const neededOf = (request: PlannedRequest): Capability[] => [
  ...(request.hasImages ? ['images' as const] : []),
  ...(request.tools && request.tools.length > 0 ? ['tools' as const] : []),
  ...(request.response_format?.type === 'json_schema' ? ['json_schema' as const] : []),
]

const expectedCost = (request: PlannedRequest, row: PriceRow): number => {
  const limit = outputLimitOf(request) ?? row.maxOutputTokens
  const outputTokens = Math.min(expectedOutput[request.complexity], limit)
  return costOf({ ...noUsage, inputTokens: request.inputTokens, outputTokens }, row)
}

/** True when a key with these lists may call the model. */
export const mayCall = (
  { allowedModels, allowedProviders }: Pick<PlanFacts, 'allowedModels' | 'allowedProviders'>,
  { provider, model }: { provider: string; model: string },
): boolean =>
  (allowedProviders.length === 0 || matchesAny(provider, allowedProviders)) &&
  (allowedModels.length === 0 || matchesAny(`${provider}/${model}`, allowedModels))
