import { z } from 'zod'

/** How fast, and so at which rate, a provider says that it served a call. */
export const serviceTiers = ['standard', 'batch', 'flex', 'priority'] as const
export type ServiceTier = (typeof serviceTiers)[number]

/**
 * What one call used. `inputTokens` includes the cached ones, as OpenTelemetry counts them; `outputTokens` includes
 * reasoning. What a provider does not tell is left out.
 */
export const Usage = z.object({
  inputTokens: z.int().min(0),
  outputTokens: z.int().min(0),
  cacheReadInputTokens: z.int().min(0).default(0),
  cacheWriteInputTokens: z.int().min(0).default(0),
  reasoningOutputTokens: z.int().min(0).default(0),
  cacheWriteHourInputTokens: z
    .int()
    .min(0)
    .optional()
    .describe('Of the cache writes, those kept an hour; the others are kept five minutes.'),
  serviceTier: z.enum(serviceTiers).optional(),
  searchQueries: z.int().min(0).optional().describe('Searches of the web that the provider made for the answer.'),
  images: z.int().min(0).optional().describe('Images made.'),
  audioMs: z.int().min(0).optional().describe('Sound listened to, where it is not counted in tokens.'),
})
export type Usage = z.infer<typeof Usage>

export const noUsage: Usage = {
  inputTokens: 0,
  outputTokens: 0,
  cacheReadInputTokens: 0,
  cacheWriteInputTokens: 0,
  reasoningOutputTokens: 0,
}

/** The tier that a provider's word for it means; undefined for a word nobody knows. */
export const serviceTierOf = (given: string | null | undefined): ServiceTier | undefined =>
  given === null || given === undefined ? undefined : tierNames[given.toLowerCase()]

/** `auto` asks and is never answered; OpenAI's `scale` is paid ahead, at the standard rate. */
const tierNames: Record<string, ServiceTier> = {
  standard: 'standard',
  default: 'standard',
  scale: 'standard',
  on_demand: 'standard',
  batch: 'batch',
  flex: 'flex',
  priority: 'priority',
}
