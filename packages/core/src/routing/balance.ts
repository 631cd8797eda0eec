import type { ModelTier } from '../gateway/price-row.ts'
import { matchesAny } from './glob.ts'
import type { Candidate } from './plan.ts'

/** How a key wants equal candidates put in order; left out, the cheapest comes first. */
export type BalancePolicy = {
  order?: 'price' | 'latency' | 'weighted' | undefined
  /** Weights by glob over `provider/model`. */
  weights?: Readonly<Record<string, number>> | undefined
}

/** What balancing looks at. */
export type BalanceFacts = {
  tierOf: (candidate: Candidate) => ModelTier | null
  /** How long a candidate took of late; null when it has not been asked. */
  latencyMsOf: (candidate: Candidate) => number | null
  /** From 0 up to 1. */
  random: () => number
}

/** Puts the candidates of the first one's tier in the order that the policy wants; the others stay behind them. */
export const balance = (
  candidates: readonly Candidate[],
  { order, weights = {} }: BalancePolicy,
  { tierOf, latencyMsOf, random }: BalanceFacts,
): readonly Candidate[] => {
  const [first] = candidates
  if (!first || first.reason !== 'price' || (order !== 'latency' && order !== 'weighted')) return candidates
  const tier = tierOf(first)
  const equal = candidates.filter((candidate) => tierOf(candidate) === tier)
  const ordered =
    order === 'latency'
      ? equal.toSorted((a, b) => (latencyMsOf(a) ?? 0) - (latencyMsOf(b) ?? 0))
      : shuffled(equal, (candidate) => weightOf(candidate, weights), random)
  return [...ordered, ...candidates.filter((candidate) => tierOf(candidate) !== tier)].map((candidate, place) => ({
    ...candidate,
    reason: place === 0 ? order : 'fallback',
  }))
}

/**
 * Puts the credentials of one provider in the order that the policy wants; by price and without a policy they stay as
 * they stand. Weights may name them by their ids; unless one does, all weigh the same.
 */
export const balanceCredentials = <Row extends { id: string | null }>(
  credentials: readonly Row[],
  { order, weights = {} }: BalancePolicy,
  { latencyMsOf, random }: { latencyMsOf: (credential: Row) => number | null; random: () => number },
): readonly Row[] => {
  if (order === 'latency') return credentials.toSorted((a, b) => (latencyMsOf(a) ?? 0) - (latencyMsOf(b) ?? 0))
  if (order !== 'weighted') return credentials
  const isNamed = credentials.some(({ id }) => id !== null && weights[id] !== undefined)
  return shuffled(credentials, ({ id }) => (isNamed ? (weights[id ?? ''] ?? 0) : 1), random)
}

const weightOf = ({ provider, model }: Candidate, weights: Readonly<Record<string, number>>): number => {
  const globs = Object.keys(weights)
  if (globs.length === 0) return 1
  const found = globs.find((glob) => matchesAny(`${provider}/${model}`, [glob]))
  return found === undefined ? 0 : weights[found]!
}

/** Drawn without putting back; what weighs nothing comes last, as it stood. */
const shuffled = <Row>(rows: readonly Row[], weigh: (row: Row) => number, random: () => number): Row[] => {
  const left = [...rows]
  const drawn: Row[] = []
  while (left.length > 0) {
    const total = left.reduce((sum, row) => sum + weigh(row), 0)
    if (total === 0) return [...drawn, ...left]
    let point = random() * total
    const place = left.findIndex((row) => (point -= weigh(row)) < 0)
    drawn.push(...left.splice(Math.max(0, place), 1))
  }
  return drawn
}
