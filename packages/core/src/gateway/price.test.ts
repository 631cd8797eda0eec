import fc from 'fast-check'
import { expect, test } from 'vitest'
import { costOf, priceOf, pricedProvider, type PriceRow } from './price.ts'
import { prices } from './prices.ts'
import { noUsage, type Usage } from './usage.ts'

const rowOf = (name: string): PriceRow => {
  const slash = name.indexOf('/')
  const row = priceOf(name.slice(0, slash), name.slice(slash + 1))
  if (!row) throw new Error(`${name} has no price`)
  return row
}

test('a cache write counts once: 12,307 tokens in, 12,304 of them written, 550 out cost $0.054399', () => {
  const usage = { ...noUsage, inputTokens: 12_307, cacheWriteInputTokens: 12_304, outputTokens: 550 }
  expect(costOf(usage, rowOf('anthropic/claude-3-7-sonnet'))).toBe(54_399_000)
})

test('cost is the sum of the classes, rounded once and half up, for every row and any usage', () => {
  const count = fc.oneof(fc.nat(2_000), fc.nat(2_000_000_000))
  const usages = fc.record({ fresh: count, read: count, write: count, output: count })
  fc.assert(
    fc.property(usages, fc.constantFrom(...prices), ({ fresh, read, write, output }, row) => {
      const usage: Usage = {
        ...noUsage,
        inputTokens: fresh + read + write,
        cacheReadInputTokens: read,
        cacheWriteInputTokens: write,
        outputTokens: output,
      }
      const rates = row.long && usage.inputTokens > row.long.aboveTokens ? row.long : row
      const total =
        BigInt(fresh) * BigInt(rates.input) +
        BigInt(read) * BigInt(rates.cacheRead ?? rates.input) +
        BigInt(write) * BigInt(rates.cacheWrite ?? rates.input) +
        BigInt(output) * BigInt(rates.output)
      const whole = total / 1_000_000n
      const expected = total % 1_000_000n >= 500_000n ? whole + 1n : whole
      expect(costOf(usage, row)).toBe(Number(expected))
    }),
  )
})

test('a price is an integer, and a model stands in the table once', () => {
  for (const row of prices) {
    for (const rate of [row.input, row.output, row.cacheRead ?? 0, row.cacheWrite ?? 0]) {
      expect(Number.isSafeInteger(rate), `${row.provider}/${row.model}`).toBe(true)
    }
  }
  expect(new Set(prices.map(({ provider, model }) => `${provider}/${model}`)).size).toBe(prices.length)
})

test('a dated name has the price of the plain one unless it has its own', () => {
  expect(priceOf('openai', 'gpt-4o-2024-08-06')).toBe(priceOf('openai', 'gpt-4o'))
  expect(priceOf('openai', 'gpt-4o-2024-05-13')?.input).toBe(5_000_000_000)
  expect(priceOf('gemini', 'gemini-2.5-flash')).toBe(priceOf('google', 'gemini-2.5-flash'))
})

test('an unknown model has no price rather than the price zero', () => {
  expect(priceOf('openai', 'gpt-99')).toBeNull()
  expect(priceOf('compatible', 'gpt-4o')).toBeNull()
})

test('a compatible server is priced as the provider known at its origin, and not by guess', () => {
  const providerAt = (baseUrl: string) => pricedProvider({ provider: 'compatible', baseUrl })
  expect(providerAt('https://api.groq.com/openai/v1')).toBe('groq')
  expect(providerAt('https://api.groq.com.example.net/v1')).toBe('compatible')
  expect(providerAt('http://127.0.0.1:11434/v1')).toBe('compatible')
})
