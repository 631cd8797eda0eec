import { z } from 'zod'

/**
 * Tokens of one call. `inputTokens` includes the cached ones, as OpenTelemetry counts them; `outputTokens` includes
 * reasoning.
 */
export const Usage = z.object({
  inputTokens: z.int().min(0),
  outputTokens: z.int().min(0),
  cacheReadInputTokens: z.int().min(0).default(0),
  cacheWriteInputTokens: z.int().min(0).default(0),
  reasoningOutputTokens: z.int().min(0).default(0),
})
export type Usage = z.infer<typeof Usage>

export const noUsage: Usage = {
  inputTokens: 0,
  outputTokens: 0,
  cacheReadInputTokens: 0,
  cacheWriteInputTokens: 0,
  reasoningOutputTokens: 0,
}
