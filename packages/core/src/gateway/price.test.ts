import { expect, test } from 'vitest'
import { priceOf, pricesOn } from './price.ts'
import { PriceTable, type PriceRow } from './price-row.ts'
import { readPriceList } from './price-list.ts'
import { pricedProvider } from './priced-provider.ts'
import { prices, pricesSource } from './prices.ts'

const [row] = readPriceList('openai', 'gpt standard 1 - - - 2 128000 4096') as [PriceRow]

test('the shipped table is a price table like any other', () => {
  expect(PriceTable.safeParse({ version: pricesSource.date, ...pricesSource, prices }).error).toBeUndefined()
})

test('a model stands in the table once a day, and on one day only one of its rows holds', () => {
  const names = prices.map(({ provider, model, effectiveFrom }) => `${provider}/${model} ${effectiveFrom ?? ''}`)
  expect(new Set(names).size).toBe(names.length)
  const today = pricesOn('2026-11-21').map(({ provider, model }) => `${provider}/${model}`)
  expect(new Set(today).size).toBe(today.length)
})

test('longer contexts cost more, and stand in the order of their length', () => {
  for (const { provider, model, above = [], input } of prices) {
    const lengths = above.map(({ aboveTokens }) => aboveTokens)
    expect(lengths, `${provider}/${model}`).toEqual(lengths.toSorted((a, b) => a - b))
    for (const rates of above) expect(rates.input, `${provider}/${model}`).toBeGreaterThan(input)
  }
})

test('a dated name has the price of the plain one unless it has its own', () => {
  expect(priceOf('openai', 'gpt-4o-2024-08-06')).toBe(priceOf('openai', 'gpt-4o'))
  expect(priceOf('openai', 'gpt-4o-2024-05-13')?.input).toBe(5_000_000_000)
  expect(priceOf('gemini', 'gemini-2.5-flash')).toBe(priceOf('google', 'gemini-2.5-flash'))
  expect(priceOf('anthropic', 'claude-sonnet-4-5@20250929')).toBe(priceOf('anthropic', 'claude-sonnet-4-5'))
})

test('a glob prices the names that no row has, and no others', () => {
  expect(priceOf('anthropic', 'claude-3-7-sonnet-20250219')?.model).toBe('claude-3-7-sonnet')
  expect(priceOf('openai', 'claude-3-7-sonnet-20250219')).toBeNull()
})

test('an unknown model has no price rather than the price zero', () => {
  expect(priceOf('openai', 'gpt-99')).toBeNull()
  expect(priceOf('compatible', 'gpt-4o')).toBeNull()
})

test('a price holds from its day on, and the old one until then', () => {
  const table: PriceRow[] = [row, { ...row, input: 5, effectiveFrom: '2026-08-21' }, { ...row, model: 'other' }]
  const inputOn = (day: string) => priceOf('openai', 'gpt', pricesOn(day, table))?.input
  expect([inputOn('2026-08-20'), inputOn('2026-08-21'), inputOn('2027-01-01')]).toEqual([row.input, 5, 5])
  expect(pricesOn('2026-09-01', table)).toHaveLength(2)
})

test('a compatible server is priced as the provider known at its origin, and not by guess', () => {
  const providerAt = (baseUrl: string) => pricedProvider({ provider: 'compatible', baseUrl })
  expect(providerAt('https://api.groq.com/openai/v1')).toBe('groq')
  expect(providerAt('https://api.groq.com.example.net/v1')).toBe('compatible')
  expect(providerAt('http://127.0.0.1:11434/v1')).toBe('compatible')
})

test('a reseller asks what the maker of a closed model asks; of open ones nobody knows', () => {
  expect(priceOf('openrouter', 'anthropic/claude-opus-4.5')).toBe(priceOf('anthropic', 'claude-opus-4-5'))
  expect(priceOf('openrouter', 'openai/gpt-5-mini')).toBe(priceOf('openai', 'gpt-5-mini'))
  expect(priceOf('openrouter', 'meta-llama/llama-3.3-70b-instruct')).toBeNull()
})

test('a list is read by its columns, and a word it does not know is refused', () => {
  const line = 'a,b*  premium .003625 - 1 2 3  1000 - above200k=2/-/-/-/6 priority=5/3 search=.035/request embeddings'
  const [a, b] = readPriceList('openai', line)
  expect(a).toEqual({
    provider: 'openai',
    model: 'a',
    tier: 'premium',
    input: 3_625_000,
    cacheWrite5m: 1_000_000_000,
    cacheWrite1h: 2_000_000_000,
    output: 3_000_000_000,
    contextWindow: 1_000,
    maxOutputTokens: 0,
    above: [{ aboveTokens: 200_000, input: 2_000_000_000, output: 6_000_000_000 }],
    serviceTiers: { priority: { times: 5, per: 3 } },
    perSearchQuery: 35_000_000,
    searchedOnce: true,
    kind: 'embeddings',
  })
  expect(b).toMatchObject({ model: 'b', match: 'b*', tier: null })
  expect(() => readPriceList('openai', 'a - 1 - - - 2 1000 10 discount=1')).toThrow('knows no discount=1')
  expect(() => readPriceList('openai', 'a - 1,5 - - - 2 1000 10')).toThrow('1,5 is no price')
})
