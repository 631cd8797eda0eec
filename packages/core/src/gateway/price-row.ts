import { z } from 'zod'

/** How much a model can do, which is what `auto` chooses by. */
export const modelTiers = ['economy', 'standard', 'premium'] as const
export type ModelTier = (typeof modelTiers)[number]

/** What a request may ask of a model beyond text. */
export const capabilities = ['images', 'tools', 'json_schema'] as const
export type Capability = (typeof capabilities)[number]

const nanoUsd = z.int().min(0).max(1_000_000_000_000_000)
const day = z.iso.date()
const tokens = z.int().min(0).max(1_000_000_000)

/** Prices of the token classes, in nano-USD per million tokens; a class left out is counted as the one it belongs to. */
export const Rates = z.strictObject({
  input: nanoUsd,
  output: nanoUsd,
  cacheRead: nanoUsd.optional().describe('Left out: as input.'),
  cacheWrite5m: nanoUsd.optional().describe('Writes kept five minutes. Left out: as input.'),
  cacheWrite1h: nanoUsd.optional().describe('Writes kept an hour. Left out: as those kept five minutes.'),
  reasoning: nanoUsd.optional().describe('Left out: as output.'),
})
export type Rates = z.infer<typeof Rates>

/** A factor as a fraction, so that what a provider rounds to cents is met exactly: 5/3 of $0.15 is $0.25. */
const Factor = z.strictObject({ times: z.int().min(0).max(1_000_000), per: z.int().min(1).max(1_000_000) })
export type Factor = z.infer<typeof Factor>

/** What one model costs and what it can, from a day on. */
export const PriceRow = z.strictObject({
  ...Rates.shape,
  provider: z.string().min(1).max(64),
  model: z.string().min(1).max(200),
  match: z.string().max(200).optional().describe('A glob over model ids that this row prices beside its own.'),
  kind: z.literal('embeddings').optional().describe('Left out: a chat model.'),
  tier: z.enum(modelTiers).nullable().describe('Null: never chosen for `auto`, only when it is named.'),
  contextWindow: tokens,
  maxOutputTokens: tokens,
  lacks: z.array(z.enum(capabilities)).readonly().optional(),
  above: z
    .array(z.strictObject({ ...Rates.shape, aboveTokens: tokens }))
    .max(4)
    .optional()
    .describe('Other rates for the whole request as soon as its input is longer, the longest last.'),
  serviceTiers: z
    .strictObject({ batch: Factor.optional(), flex: Factor.optional(), priority: Factor.optional() })
    .optional()
    .describe('What the token rates are multiplied by; left out: the standard rates.'),
  perImage: nanoUsd.optional().describe('In nano-USD for each image made.'),
  perAudioSecond: nanoUsd.optional(),
  perSearchQuery: nanoUsd.optional(),
  searchedOnce: z.literal(true).optional().describe('One search is billed a request, however many there were.'),
  effectiveFrom: day.optional().describe('The day (UTC) this row takes the place of the one before it.'),
  retiredAt: day.optional().describe('From this day (UTC) on the provider answers no more.'),
})
export type PriceRow = z.infer<typeof PriceRow>

/** A price list as it is shipped, imported and exported. */
export const PriceTable = z.strictObject({
  version: z.string().min(1).max(100).describe('Kept with every request that was priced by it.'),
  date: day.describe('The day the figures were taken.'),
  source: z.string().max(500),
  prices: z.array(PriceRow).max(20_000),
})
export type PriceTable = z.infer<typeof PriceTable>
