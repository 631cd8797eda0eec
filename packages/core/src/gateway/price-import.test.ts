import { existsSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isAssayError } from '../errors.ts'
import { comparePrices, largeChanges, overridePrices, shippedTable } from './price-book.ts'
import { readPriceTable } from './price-import.ts'
import { priceOf, pricesOn } from './price.ts'
import { prices } from './prices.ts'
import type { PriceRow } from './price-row.ts'

const place = { current: pricesOn('2026-11-20'), today: '2026-11-21', source: 'a test' }
const read = (json: unknown) => readPriceTable(json, place)

test('the shipped table reads back as itself', () => {
  const table = read(JSON.parse(JSON.stringify(shippedTable)))
  expect(table).toEqual(shippedTable)
  expect(comparePrices(prices, table.prices)).toEqual({ added: [], removed: [], changed: [] })
})

test('a file of LiteLLM’s shape gives rows in our units, and keeps what auto chooses', () => {
  const table = read({
    sample_spec: { litellm_provider: 'one of https://docs.litellm.ai' },
    'gpt-5-mini': {
      litellm_provider: 'openai',
      mode: 'chat',
      input_cost_per_token: 2.5e-7,
      output_cost_per_token: 2e-6,
      cache_read_input_token_cost: 2.5e-8,
      input_cost_per_token_priority: 4.5e-7,
      input_cost_per_token_above_272k_tokens: 5e-7,
      output_cost_per_token_above_272k_tokens: 3e-6,
      max_input_tokens: 272_000,
      max_output_tokens: '128000',
      supports_vision: true,
      supports_function_calling: true,
      supports_response_schema: true,
    },
    'gemini/gemini-9-nano': {
      litellm_provider: 'gemini',
      mode: 'chat',
      input_cost_per_token: 1e-8,
      output_cost_per_token: 4e-8,
      max_tokens: 8_192,
    },
    'text-embedding-9': { litellm_provider: 'openai', mode: 'embedding', input_cost_per_token: 2e-8 },
    'bedrock/claude': { litellm_provider: 'bedrock', mode: 'chat', input_cost_per_token: 1, output_cost_per_token: 1 },
  })
  expect(priceOf('openai', 'gpt-5-mini', table.prices)).toEqual({
    provider: 'openai',
    model: 'gpt-5-mini',
    tier: 'standard',
    input: 250_000_000,
    output: 2_000_000_000,
    cacheRead: 25_000_000,
    contextWindow: 272_000,
    maxOutputTokens: 128_000,
    above: [{ aboveTokens: 272_000, input: 500_000_000, output: 3_000_000_000 }],
    serviceTiers: { priority: { times: 9, per: 5 } },
  })
  expect(priceOf('google', 'gemini-9-nano', table.prices)).toMatchObject({ tier: null, input: 10_000_000 })
  expect(priceOf('openai', 'text-embedding-9', table.prices)).toMatchObject({ kind: 'embeddings', output: 0 })
  expect(priceOf('sim', 'smart', table.prices)).toEqual(priceOf('sim', 'smart', place.current))
  expect(table.prices.some(({ provider }) => provider === 'bedrock')).toBe(false)
})

test('whatever a file holds, it is read whole or refused by name', () => {
  for (const bad of [
    null,
    1,
    'x',
    [],
    {},
    { prices: [] },
    { prices: 'x' },
    { 'gpt-5': { litellm_provider: 'openai' } },
  ]) {
    expect(() => read(bad)).toThrow(/The price table is not valid/)
  }
  const twice = { ...shippedTable, prices: [prices[0], prices[0]] }
  expect(() => read(twice)).toThrow('prices[1]: sim/echo is given twice')
  fc.assert(
    fc.property(fc.anything(), (json) => {
      try {
        read(json)
      } catch (error) {
        expect(isAssayError(error, 'input.invalid')).toBe(true)
      }
    }),
  )
})

test('a changed shipped table is refused or stays a table', () => {
  const spoil = fc.record({
    at: fc.nat(prices.length - 1),
    field: fc.constantFrom(...Object.keys(prices[30]!)),
    value: fc.anything(),
  })
  fc.assert(
    fc.property(spoil, ({ at, field, value }) => {
      const rows: unknown[] = [...prices]
      rows[at] = { ...prices[at], [field]: value }
      try {
        for (const { input } of read({ ...shippedTable, prices: rows }).prices)
          expect(Number.isSafeInteger(input)).toBe(true)
      } catch (error) {
        expect(isAssayError(error, 'input.invalid')).toBe(true)
      }
    }),
  )
})

test('a change of more than ten times, or to nothing, is a large one', () => {
  const row = priceOf('openai', 'gpt-4o')!
  const change = (after: Partial<PriceRow>) => largeChanges(comparePrices([row], [{ ...row, ...after }])).length > 0
  expect(change({ input: row.input * 10 })).toBe(false)
  expect(change({ input: row.input * 10 + 1 })).toBe(true)
  expect(change({ output: Math.floor(row.output / 10) - 1 })).toBe(true)
  expect(change({ output: 0 })).toBe(true)
  expect(change({ tier: null, contextWindow: 1 })).toBe(false)
  expect(change({ above: [{ aboveTokens: 1, input: 1, output: 1 }] })).toBe(false)
})

test('an override takes the place of all days of its model', () => {
  const own = { ...priceOf('openai', 'gpt-5.6-sol')!, input: 7 }
  const { effectiveFrom: _day, ...always } = own
  const table = overridePrices(prices, [always])
  for (const day of ['2026-08-01', '2026-11-21'])
    expect(priceOf('openai', 'gpt-5.6-sol', pricesOn(day, table))?.input).toBe(7)
  expect(table.length).toBe(prices.length - 1)
})

const dump = new URL('../../../../../shared/data/prices/model_prices_2026-08-01.json', import.meta.url)

test('LiteLLM’s own file of 2026-08-01 loads, and agrees with most of the shipped table', ({ skip }) => {
  if (!existsSync(dump)) {
    console.warn('SKIPPED: the price table of ../shared/data is not here, so no whole file of LiteLLM is read')
    skip()
  }
  const table = read(JSON.parse(readFileSync(dump, 'utf8')))
  expect(table.prices.length).toBeGreaterThan(350)
  const { changed } = comparePrices(pricesOn('2026-08-01'), table.prices)
  const same = pricesOn('2026-08-01').filter(
    (row) => !changed.some(({ model }) => model === `${row.provider}/${row.model}`),
  )
  expect(same.length).toBeGreaterThan(120)
})
