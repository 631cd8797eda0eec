import { existsSync, readFileSync } from 'node:fs'
import { calcPrice } from '@pydantic/genai-prices'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { costOf } from './cost.ts'
import { priceOf, pricesOn } from './price.ts'
import type { PriceRow } from './price-row.ts'
import { noUsage, type Usage } from './usage.ts'

const DAY = '2026-11-20'
/** An hour at which no provider has a rate of its own. */
const NOON = new Date(`${DAY}T12:00:00Z`)
const table = pricesOn(DAY)

/** Their names of our providers. */
const theirs: Record<string, string> = { xai: 'x-ai' }

/** What an implementation that is not ours makes of the same tokens; null when it does not know the model. */
const theirCost = ({ provider, model }: PriceRow, usage: Usage): number | null => {
  const price = calcPrice(
    {
      input_tokens: usage.inputTokens,
      output_tokens: usage.outputTokens,
      cache_read_tokens: usage.cacheReadInputTokens,
      cache_write_tokens: usage.cacheWriteInputTokens,
      cache_write_1h_tokens: usage.cacheWriteHourInputTokens,
    },
    model,
    { providerId: theirs[provider] ?? provider, timestamp: NOON },
  )
  return price && price.total_price * 1e9
}

/** Where the two tables differ on that day, and why ours stays as it is. */
const reasons: [why: string, ...names: string[]][] = [
  [
    'Sonnet 4 asks twice as much above 200,000 tokens, which theirs has for 4.5 only',
    'anthropic/claude-sonnet-4-20250514',
    'anthropic/claude-sonnet-4-0',
    'anthropic/claude-sonnet-4',
    'anthropic/claude-4-sonnet',
  ],
  [
    'the prices of V3.2 (2025-09-29): no cheaper nights any more; theirs are those of V3',
    'deepseek/deepseek-chat',
    'deepseek/deepseek-reasoner',
  ],
  ["DeepSeek's own price; theirs is what a reseller asked", 'deepseek/deepseek-v3.2'],
  ['theirs takes it for gemini-1.5-flash', 'google/gemini-1.5-flash-8b'],
  ['theirs leaves out what cached tokens cost', 'google/gemini-1.5-pro'],
  ['the same', 'google/gemini-2.0-flash-lite', 'google/gemini-2.0-flash-lite-001', 'mistral/codestral-latest'],
  ['half of the price of gpt-oss-120b, which theirs gives it', 'groq/openai/gpt-oss-safeguard-20b'],
  ['an embedding has no output; theirs prices it all the same', 'mistral/mistral-embed'],
  ['the price of its day; theirs is that of 2411', 'mistral/mistral-large-2407'],
  ['`latest` is Large 3 (2512) since 2025-12-02; theirs is still that of 2411', 'mistral/mistral-large-latest'],
  ['`latest` was Small 3.2 at that price; theirs is that of 3.1', 'mistral/mistral-small-latest'],
  ["Together's price for mid-size mixtures of experts since 2025", 'together/mistralai/Mixtral-8x7B-Instruct-v0.1'],
  [
    'xAI doubled the price above 128,000 tokens for these; theirs has one price',
    'xai/grok-4-0709',
    'xai/grok-4-fast-reasoning',
    'xai/grok-4-fast-non-reasoning',
    'xai/grok-4-1-fast',
    'xai/grok-4-1-fast-reasoning',
    'xai/grok-4-1-fast-non-reasoning',
  ],
]
const differences = new Map(reasons.flatMap(([why, ...names]) => names.map((name) => [name, why] as const)))

const count = fc.oneof(fc.nat(2_000), fc.nat(400_000))
const usages = fc
  .record({ fresh: count, read: count, write: count, hour: fc.nat(1_000), output: count })
  .map(({ fresh, read, write, hour, output }): Usage => ({
    ...noUsage,
    inputTokens: fresh + read + write,
    cacheReadInputTokens: read,
    cacheWriteInputTokens: write,
    cacheWriteHourInputTokens: Math.min(hour, write),
    outputTokens: output,
  }))

const isNear = (ours: number, other: number): boolean => Math.abs(ours - other) <= 1
const known = table.filter((row) => row.provider !== 'sim' && theirCost(row, { ...noUsage, inputTokens: 1 }) !== null)
const nameOf = ({ provider, model }: PriceRow): string => `${provider}/${model}`

/** They begin the dearer rates one token later for two models, at a limit that OpenAI writes as "below 272K". */
const LIMIT = 272_000

test('most of the table is known to the other implementation', () => {
  expect(known.length).toBeGreaterThan(150)
})

test.each(known.filter((row) => !differences.has(nameOf(row))).map((row) => [nameOf(row), row] as const))(
  '%s costs the same there, for any usage',
  (_name, row) => {
    fc.assert(
      fc.property(
        usages.filter(({ inputTokens }) => inputTokens !== LIMIT),
        (usage) => {
          expect(isNear(costOf(usage, row), theirCost(row, usage)!)).toBe(true)
        },
      ),
      { numRuns: 40 },
    )
  },
)

test.each([...differences])('%s differs still: %s', (name) => {
  const row = known.find((candidate) => nameOf(candidate) === name)!
  const long = { ...noUsage, inputTokens: 400_000, cacheReadInputTokens: 150_000, outputTokens: 1_000 }
  expect(isNear(costOf(long, row), theirCost(row, long)!)).toBe(false)
})

const fixtures = new URL('../../../../../shared/data/fixtures/index.json', import.meta.url)
type Sample = { id: string; provider: string; expect: { model?: string | null; usage?: Record<string, number> | null } }

/** The row of the same prices that theirs knows: names of resellers are not among them. */
const twinOf = (sold: PriceRow): PriceRow =>
  known.find(({ provider, input, tier }) => provider === sold.provider && input === sold.input && tier !== null) ?? sold

/** Who may have answered: many servers speak the dialect of another. */
const makers = ['xai', 'deepseek', 'google', 'openrouter']

test('every recorded answer costs what the other implementation says', ({ skip }) => {
  if (!existsSync(fixtures)) {
    console.warn('SKIPPED: the recorded answers of ../shared/data are not here, so their costs are not compared')
    skip()
  }
  const samples = JSON.parse(readFileSync(fixtures, 'utf8')) as Sample[]
  const compared: string[] = []
  const unpriced: string[] = []
  for (const { id, provider, expect: wanted } of samples) {
    const { model, usage } = wanted
    if (!model || !usage) continue
    const row = [provider, ...makers].map((maker) => priceOf(maker, model, table)).find((found) => found !== null)
    if (!row) {
      unpriced.push(`${id}: ${model}`)
      continue
    }
    if (differences.has(nameOf(row))) continue
    const counted: Usage = {
      ...noUsage,
      inputTokens: usage['prompt_tokens'] ?? 0,
      outputTokens: usage['completion_tokens'] ?? 0,
      cacheReadInputTokens: usage['cached_tokens'] ?? 0,
      cacheWriteInputTokens: usage['cache_write_tokens'] ?? 0,
      cacheWriteHourInputTokens: usage['cache_write_1h_tokens'] ?? 0,
    }
    const cost = theirCost({ ...row, model }, counted) ?? theirCost(twinOf(row), counted)
    expect(cost, `${id} ${model}`).not.toBeNull()
    expect(isNear(costOf(counted, row), cost!), `${id} ${model}: ${costOf(counted, row)} and ${cost}`).toBe(true)
    compared.push(id)
  }
  expect(compared.length).toBeGreaterThan(50)
  expect(unpriced).toEqual([])
})
