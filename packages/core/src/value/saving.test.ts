import { expect, test } from 'vitest'
import { costOf } from '../gateway/cost.ts'
import { priceOf } from '../gateway/price.ts'
import type { PriceRow } from '../gateway/price-row.ts'
import { prices } from '../gateway/prices.ts'
import { noUsage } from '../gateway/usage.ts'
import { baselineOf, savingOf } from './saving.ts'

const usage = { ...noUsage, inputTokens: 1_000, outputTokens: 500 }

test('the baseline is the newest Opus that has a price, whoever is configured', () => {
  for (const configured of [['sim'], ['openai', 'sim'], ['compatible'], ['anthropic', 'sim']]) {
    expect(baselineOf(prices, configured, '2026-11-21')).toMatchObject({
      provider: 'anthropic',
      model: 'claude-opus-5-5',
    })
  }
  const named = (model: string, retiredAt?: string): PriceRow => ({
    ...priceOf('anthropic', 'claude-opus-4-5')!,
    model,
    ...(retiredAt ? { retiredAt } : {}),
  })
  const rows = [
    named('claude-opus-4-9'),
    named('claude-opus-4-10'),
    named('claude-opus-6', '2026-11-21'),
    named('claude-opus-4-20250514'),
  ]
  expect(baselineOf(rows, [], '2026-11-21')?.model).toBe('claude-opus-4-10')
})

test('without an Opus it is the dearest premium model of the providers that are configured', () => {
  const others = prices.filter(({ provider }) => provider !== 'anthropic')
  expect(baselineOf(others, ['sim'], '2026-11-21')?.model).toBe('smart')
  const openai = baselineOf(others, ['openai', 'sim'], '2026-11-21')
  expect(openai).toMatchObject({ provider: 'openai', tier: 'premium', input: 5_000_000_000, output: 30_000_000_000 })
  expect(baselineOf(others, ['compatible', 'sim'], '2026-11-21')?.model).toBe('smart')
  expect(baselineOf(others, ['compatible'], '2026-11-21')).toBeNull()
})

test('the saving is what the same tokens cost less, and may be negative', () => {
  const [cheap, dear] = [priceOf('sim', 'fast')!, priceOf('sim', 'smart')!]
  expect(savingOf(usage, costOf(usage, cheap), dear)).toEqual({
    baselineModel: `${dear.provider}/${dear.model}`,
    baselineCostNanoUsd: costOf(usage, dear),
    savingNanoUsd: costOf(usage, dear) - costOf(usage, cheap),
  })
  expect(savingOf(usage, costOf(usage, dear), cheap).savingNanoUsd).toBeLessThan(0)
})

test('an unpriced request saves nothing that could be told', () => {
  expect(savingOf(usage, null, priceOf('sim', 'smart'))).toEqual({
    baselineModel: null,
    baselineCostNanoUsd: null,
    savingNanoUsd: null,
  })
})
