import fc from 'fast-check'
import { expect, test } from 'vitest'
import { costOf, itemise } from './cost.ts'
import { priceOf } from './price.ts'
import { prices } from './prices.ts'
import type { PriceRow } from './price-row.ts'
import { noUsage, serviceTiers, type Usage } from './usage.ts'

const rowOf = (name: string): PriceRow => {
  const slash = name.indexOf('/')
  const row = priceOf(name.slice(0, slash), name.slice(slash + 1))
  if (!row) throw new Error(`${name} has no price`)
  return row
}

const count = fc.oneof(fc.nat(2_000), fc.nat(2_000_000_000))
const usages = fc
  .record({
    fresh: count,
    read: count,
    write: count,
    hourShare: fc.double({ min: 0, max: 1, noNaN: true }),
    output: count,
    reasoningShare: fc.double({ min: 0, max: 1, noNaN: true }),
    serviceTier: fc.option(fc.constantFrom(...serviceTiers), { nil: undefined }),
    searchQueries: fc.nat(20),
    images: fc.nat(5),
    audioMs: fc.nat(100_000),
  })
  .map(({ fresh, read, write, hourShare, output, reasoningShare, serviceTier, ...extras }): Usage => ({
    inputTokens: fresh + read + write,
    cacheReadInputTokens: read,
    cacheWriteInputTokens: write,
    cacheWriteHourInputTokens: Math.floor(write * hourShare),
    outputTokens: output,
    reasoningOutputTokens: Math.floor(output * reasoningShare),
    ...(serviceTier === undefined ? undefined : { serviceTier }),
    ...extras,
  }))

/** The rules of the specification once more, in fractions, with nothing of the code under test. */
const costByTheBook = (usage: Usage, row: PriceRow): bigint => {
  let rates: Pick<PriceRow, 'input' | 'output' | 'cacheRead' | 'cacheWrite5m' | 'cacheWrite1h' | 'reasoning'> = row
  for (const longer of row.above ?? []) if (usage.inputTokens > longer.aboveTokens) rates = longer
  const hour = BigInt(usage.cacheWriteHourInputTokens ?? 0)
  const [read, write] = [BigInt(usage.cacheReadInputTokens), BigInt(usage.cacheWriteInputTokens)]
  const reasoning = rates.reasoning === undefined ? 0n : BigInt(usage.reasoningOutputTokens)
  const five = rates.cacheWrite5m ?? rates.input
  let tokens = (BigInt(usage.inputTokens) - read - write) * BigInt(rates.input)
  tokens += read * BigInt(rates.cacheRead ?? rates.input) + (write - hour) * BigInt(five)
  tokens += hour * BigInt(rates.cacheWrite1h ?? five)
  tokens += (BigInt(usage.outputTokens) - reasoning) * BigInt(rates.output) + reasoning * BigInt(rates.reasoning ?? 0)
  const tier =
    usage.serviceTier === 'standard' || !usage.serviceTier ? undefined : row.serviceTiers?.[usage.serviceTier]
  const [times, per] = [BigInt(tier?.times ?? 1), BigInt(tier?.per ?? 1)]
  const searches = row.searchedOnce ? Math.min(1, usage.searchQueries ?? 0) : (usage.searchQueries ?? 0)
  const extras =
    BigInt(usage.images ?? 0) * BigInt(row.perImage ?? 0) + BigInt(searches) * BigInt(row.perSearchQuery ?? 0)
  const thousandths = tokens * times * 1_000n + extras * per * 1_000_000_000n
  const all = thousandths + BigInt(usage.audioMs ?? 0) * BigInt(row.perAudioSecond ?? 0) * per * 1_000_000n
  const divisor = 1_000_000_000n * per
  return all / divisor + ((all % divisor) * 2n >= divisor ? 1n : 0n)
}

test('a cache write counts once: 12,307 tokens in, 12,304 of them written, 550 out cost $0.054399', () => {
  const usage = { ...noUsage, inputTokens: 12_307, cacheWriteInputTokens: 12_304, outputTokens: 550 }
  expect(costOf(usage, rowOf('anthropic/claude-3-7-sonnet'))).toBe(54_399_000)
})

test('cost is the sum of the classes, rounded once and half up, for every row and any usage', () => {
  fc.assert(
    fc.property(usages, fc.constantFrom(...prices), (usage, row) => {
      expect(costOf(usage, row)).toBe(Number(costByTheBook(usage, row)))
    }),
    { numRuns: 2_000 },
  )
})

test('the same with every kind of price there is', () => {
  const rate = fc.nat(100_000_000_000)
  const rates = fc.record({
    input: rate,
    output: rate,
    cacheRead: rate,
    cacheWrite5m: rate,
    cacheWrite1h: rate,
    reasoning: rate,
  })
  const factor = fc.record({ times: fc.nat(1_000), per: fc.integer({ min: 1, max: 1_000 }) })
  const rows = fc.record({
    base: rates,
    above: fc.array(rates, { maxLength: 3 }),
    serviceTiers: fc.record({ batch: factor, flex: factor, priority: factor }),
    perImage: rate,
    perAudioSecond: rate,
    perSearchQuery: rate,
  })
  fc.assert(
    fc.property(usages, rows, (usage, { base, above, ...more }) => {
      const longer = above.map((longRates, index) => ({ ...longRates, aboveTokens: (index + 1) * 100_000 }))
      const row: PriceRow = { ...rowOf('sim/echo'), ...base, above: longer, ...more }
      expect(costOf(usage, row)).toBe(Number(costByTheBook(usage, row)))
    }),
  )
})

test('the bill names every class that was used, and its lines make the cost', () => {
  const usage: Usage = {
    ...noUsage,
    inputTokens: 1_000,
    cacheReadInputTokens: 300,
    cacheWriteInputTokens: 500,
    cacheWriteHourInputTokens: 200,
    outputTokens: 50,
    serviceTier: 'batch',
    searchQueries: 2,
  }
  const row = rowOf('anthropic/claude-opus-4-5')
  const lines = itemise(usage, row)
  expect(lines.map(({ class: name, units, factor }) => [name, units, factor])).toEqual([
    ['input', 200, '50/100'],
    ['cacheRead', 300, '50/100'],
    ['cacheWrite5m', 300, '50/100'],
    ['cacheWrite1h', 200, '50/100'],
    ['output', 50, '50/100'],
    ['searchQueries', 2, undefined],
  ])
  const nanoUsd = lines.map(
    ({ units, nanoUsdPerMillion, factor }) => (units * nanoUsdPerMillion * (factor ? 0.5 : 1)) / 1e6,
  )
  expect(costOf(usage, row)).toBe(nanoUsd.reduce((sum, part) => sum + part, 0))
})

test('a tier that a provider does not sell costs the standard rate', () => {
  const usage: Usage = { ...noUsage, inputTokens: 1_000, serviceTier: 'priority' }
  expect(costOf(usage, rowOf('anthropic/claude-opus-4-5'))).toBe(5_000_000)
})

test('searches that are billed once are billed once', () => {
  const usage: Usage = { ...noUsage, searchQueries: 3 }
  expect(costOf(usage, rowOf('google/gemini-2.5-flash'))).toBe(35_000_000)
  expect(costOf(usage, rowOf('google/gemini-3.5-flash'))).toBe(42_000_000)
})
