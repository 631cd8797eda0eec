import { expect, test } from 'vitest'
import { AssayError } from '../errors.ts'
import { prices } from '../gateway/prices.ts'
import type { PriceRow } from '../gateway/price-row.ts'
import { matchesAny } from './glob.ts'
import { planCandidates, type PlanFacts, type PlannedRequest } from './plan.ts'

const row = (provider: string, model: string, tier: PriceRow['tier'], dollars: number): PriceRow => ({
  provider,
  model,
  tier,
  input: dollars * 1e9,
  output: dollars * 4e9,
  contextWindow: 10_000,
  maxOutputTokens: 4_000,
})

const facts: PlanFacts = {
  prices: [
    row('openai', 'small', 'economy', 1),
    row('openai', 'tiny', 'economy', 2),
    row('compatible', 'little', 'economy', 3),
    row('openai', 'big', 'premium', 30),
    row('compatible', 'huge', 'premium', 20),
    row('sim', 'fast', 'economy', 0.1),
  ],
  configured: ['openai', 'compatible', 'sim'],
  known: ['openai', 'compatible', 'sim'],
  allowedModels: [],
  allowedProviders: [],
  today: '2026-11-21',
}

const request = (changes: Partial<PlannedRequest> = {}): PlannedRequest => ({
  model: 'auto',
  inputTokens: 100,
  hasImages: false,
  complexity: 'simple',
  ...changes,
})

const namesOf = (planned: Partial<PlannedRequest>, changes: Partial<PlanFacts> = {}) =>
  planCandidates(request(planned), { ...facts, ...changes }).candidates.map(
    ({ provider, model }) => `${provider}/${model}`,
  )

const codeOf = (work: () => unknown): string => {
  try {
    work()
  } catch (error) {
    if (error instanceof AssayError) return error.code
    throw error
  }
  return 'none'
}

test('a named model pins: nothing else is a candidate', () => {
  expect(planCandidates(request({ model: 'openai/small' }), facts)).toMatchObject({
    candidates: [{ provider: 'openai', model: 'small', reason: 'pinned' }],
    rejected: [],
  })
})

test('a bare id is found through the price table, in the order the workspace prefers', () => {
  const twice = [row('openai', 'llama', 'economy', 1), row('compatible', 'llama', 'economy', 9)]
  expect(namesOf({ model: 'llama' }, { prices: twice })).toEqual(['openai/llama'])
  expect(namesOf({ model: 'llama' }, { prices: twice, configured: ['compatible', 'openai'] })).toEqual([
    'compatible/llama',
  ])
})

test('a configured provider takes any model, priced or not', () => {
  expect(namesOf({ model: 'compatible/qwen3:8b' })).toEqual(['compatible/qwen3:8b'])
  expect(namesOf({ model: 'openai/ft:gpt/mine' })).toEqual(['openai/ft:gpt/mine'])
})

test('an unknown name is refused with the nearest names', () => {
  try {
    planCandidates(request({ model: 'gpt-4o-minni' }), { ...facts, prices, configured: ['openai', 'sim'] })
    expect.unreachable()
  } catch (error) {
    expect(error).toMatchObject({ code: 'gateway.model_unknown', status: 404 })
    const { suggestions } = (error as AssayError<'gateway.model_unknown'>).details
    expect(suggestions[0]).toBe('openai/gpt-4o-mini')
    expect(suggestions).toHaveLength(3)
  }
  expect(codeOf(() => namesOf({ model: 'sim/nothing' }))).toBe('gateway.model_unknown')
})

test('auto takes the cheapest of the tier, then one of each other provider, then the tier above', () => {
  expect(namesOf({ complexity: 'simple' })).toEqual([
    'openai/small',
    'compatible/little',
    'openai/tiny',
    'compatible/huge',
    'openai/big',
  ])
  expect(namesOf({ complexity: 'complex' })).toEqual(['compatible/huge', 'openai/big'])
})

test('an empty tier gives way to the next higher one, then to the next lower one', () => {
  expect(namesOf({ complexity: 'medium' })[0]).toBe('compatible/huge')
  expect(namesOf({ complexity: 'complex' }, { prices: [row('openai', 'tiny', 'economy', 1)] })).toEqual(['openai/tiny'])
})

test('the simulator answers auto only where nothing else is configured', () => {
  expect(namesOf({}, { configured: ['sim'] })).toEqual(['sim/fast'])
})

test('each model that cannot take the request is rejected with the reason', () => {
  const prices = [
    { ...row('openai', 'old', 'economy', 1), retiredAt: '2026-11-21' },
    { ...row('openai', 'blind', 'economy', 1), lacks: ['images'] as const },
    { ...row('openai', 'short', 'economy', 1), contextWindow: 50 },
    { ...row('openai', 'terse', 'economy', 1), maxOutputTokens: 10 },
    row('compatible', 'secret', 'economy', 1),
    row('openai', 'good', 'economy', 9),
  ]
  const plan = planCandidates(request({ hasImages: true, max_tokens: 100 }), {
    ...facts,
    prices,
    allowedModels: ['openai/*'],
  })
  expect(plan.candidates.map(({ model }) => model)).toEqual(['good'])
  expect(Object.fromEntries(plan.rejected.map(({ model, why }) => [model, why]))).toEqual({
    old: 'retired 2026-11-21',
    blind: 'lacks images',
    short: 'holds 50 tokens',
    terse: 'answers at most 10 tokens',
    secret: 'not allowed for the key',
  })
})

test('nobody left is an error that lists every rejection', () => {
  expect(codeOf(() => namesOf({ inputTokens: 1_000_000 }))).toBe('routing.no_candidate')
})

test('a key that may not call the named model is told so', () => {
  expect(codeOf(() => namesOf({ model: 'openai/big' }, { allowedModels: ['openai/s*'] }))).toBe(
    'access.model_not_allowed',
  )
  expect(namesOf({ model: 'openai/small' }, { allowedModels: ['openai/s*'] })).toEqual(['openai/small'])
})

test('a key of named providers calls those alone, named or chosen', () => {
  expect(codeOf(() => namesOf({ model: 'openai/big' }, { allowedProviders: ['sim'] }))).toBe('access.model_not_allowed')
  expect(namesOf({ model: 'openai/big' }, { allowedProviders: ['open*'] })).toEqual(['openai/big'])
  expect(namesOf({}, { allowedProviders: ['compatible'] }).every((name) => name.startsWith('compatible/'))).toBe(true)
})

test.each([
  ['openai/gpt-4o', 'openai/*', true],
  ['openai/gpt-4o', '*', true],
  ['openai/gpt-4o', 'openai/gpt-4o', true],
  ['openai/gpt-4o-mini', 'openai/gpt-4o', false],
  ['openai/gpt-4o-mini', '*mini', true],
  ['openai/aba', 'openai/ab*ba', false],
  ['a.c', 'a?c', false],
])('%s against the glob %s: %s', (text, pattern, expected) => {
  expect(matchesAny(text, [pattern])).toBe(expected)
})

test('an alias stands for its models in their order; what the key may not call of them is named', () => {
  const aliases = new Map([['quick', ['openai/tiny', 'compatible/little']]])
  expect(namesOf({ model: 'quick' }, { aliases })).toEqual(['openai/tiny', 'compatible/little'])
  const bound = planCandidates(request({ model: 'quick' }), { ...facts, aliases, allowedModels: ['openai/*'] })
  expect(bound.candidates.map(({ reason }) => reason)).toEqual(['pinned'])
  expect(bound.rejected).toEqual([{ provider: 'compatible', model: 'little', why: 'not allowed for the key' }])
  expect(codeOf(() => planCandidates(request({ model: 'quik' }), { ...facts, aliases }))).toBe('gateway.model_unknown')
})
