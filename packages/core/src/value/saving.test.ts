import { expect, test } from 'vitest'
import { costOf } from '../gateway/cost.ts'
import { priceOf } from '../gateway/price.ts'
import { prices } from '../gateway/prices.ts'
import { noUsage } from '../gateway/usage.ts'
import { baselineOf, savingOf } from './saving.ts'

const usage = { ...noUsage, inputTokens: 1_000, outputTokens: 500 }

test('the baseline is the dearest premium model of the providers that are configured', () => {
  expect(baselineOf(prices, ['sim'], '2026-11-21')?.model).toBe('smart')
  const openai = baselineOf(prices, ['openai', 'sim'], '2026-11-21')
  expect(openai).toMatchObject({ provider: 'openai', tier: 'premium', input: 5_000_000_000, output: 30_000_000_000 })
  expect(baselineOf(prices, ['compatible', 'sim'], '2026-11-21')?.model).toBe('smart')
  expect(baselineOf(prices, ['compatible'], '2026-11-21')).toBeNull()
})

test('the saving is what the same tokens cost less, and may be negative', () => {
  const [cheap, dear] = [priceOf('sim', 'fast')!, priceOf('sim', 'smart')!]
  expect(savingOf(usage, costOf(usage, cheap), dear)).toEqual({
    baselineCostNanoUsd: costOf(usage, dear),
    savingNanoUsd: costOf(usage, dear) - costOf(usage, cheap),
  })
  expect(savingOf(usage, costOf(usage, dear), cheap).savingNanoUsd).toBeLessThan(0)
})

test('an unpriced request saves nothing that could be told', () => {
  expect(savingOf(usage, null, priceOf('sim', 'smart'))).toEqual({ baselineCostNanoUsd: null, savingNanoUsd: null })
})
