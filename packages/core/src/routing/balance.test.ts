import { expect, test } from 'vitest'
import { balance, type BalanceFacts, type BalancePolicy } from './balance.ts'
import type { Candidate } from './plan.ts'

const candidate = (name: string, reason: Candidate['reason'] = 'fallback'): Candidate => {
  const [provider = '', model = ''] = name.split('/')
  return { provider, model, reason, expectedCostNanoUsd: 1 }
}
const candidates = [candidate('a/one', 'price'), candidate('b/two'), candidate('c/three'), candidate('d/dear')]
const facts = (given: Partial<BalanceFacts> = {}): BalanceFacts => ({
  tierOf: ({ model }) => (model === 'dear' ? 'premium' : 'economy'),
  latencyMsOf: () => null,
  random: () => 0,
  ...given,
})
const order = (policy: BalancePolicy, given?: Partial<BalanceFacts>) =>
  balance(candidates, policy, facts(given)).map(({ provider }) => provider)

test('without a policy, and by price, the plan stays', () => {
  expect(balance(candidates, {}, facts())).toBe(candidates)
  expect(balance(candidates, { order: 'price' }, facts())).toBe(candidates)
})

test('by latency, the fastest of the tier comes first, one never asked before it, other tiers last', () => {
  const latency: Record<string, number> = { a: 300, b: 100, c: 200, d: 1 }
  expect(order({ order: 'latency' }, { latencyMsOf: ({ provider }) => latency[provider]! })).toEqual([
    'b',
    'c',
    'a',
    'd',
  ])
  expect(
    order({ order: 'latency' }, { latencyMsOf: ({ provider }) => (provider === 'c' ? null : latency[provider]!) })[0],
  ).toBe('c')
})

test('weighted, each comes first as often as it weighs', () => {
  const policy: BalancePolicy = { order: 'weighted', weights: { 'a/*': 1, 'b/*': 3 } }
  const firsts = new Map<string, number>()
  for (let step = 0; step < 400; step++) {
    const [first = ''] = order(policy, { random: () => step / 400 })
    firsts.set(first, (firsts.get(first) ?? 0) + 1)
  }
  expect(Object.fromEntries(firsts)).toEqual({ a: 100, b: 300 })
  expect(order(policy).slice(2)).toEqual(['c', 'd'])
})

test('a model that the caller named stays where it is', () => {
  const pinned = [candidate('a/one', 'pinned'), candidate('b/two')]
  expect(balance(pinned, { order: 'latency' }, facts())).toBe(pinned)
})

test('the reason says what chose the first', () => {
  expect(balance(candidates, { order: 'weighted' }, facts()).map(({ reason }) => reason)).toEqual([
    'weighted',
    'fallback',
    'fallback',
    'fallback',
  ])
})
