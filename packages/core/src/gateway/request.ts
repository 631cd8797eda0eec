import { z } from 'zod'
import { Timestamp } from '../clock.ts'
import { NanoUsd } from '../money.ts'
import { FinishReason } from './chat.ts'

export const complexities = ['simple', 'medium', 'complex'] as const
export const Complexity = z.enum(complexities)
export type Complexity = z.infer<typeof Complexity>

/** How one call through the gateway ended. `incomplete` was cut by the end of the process. */
export const requestStatuses = ['open', 'completed', 'failed', 'cancelled', 'incomplete'] as const

/** One try of one candidate. */
export const Attempt = z.object({
  providerName: z.string(),
  model: z.string(),
  credentialId: z.uuid().nullable(),
  status: z.int().nullable().describe('HTTP status of the provider; null when none came.'),
  errorCode: z.string().nullable(),
  startedAt: Timestamp,
  ttftMs: z.number().nullable(),
  latencyMs: z.number(),
  costNanoUsd: NanoUsd.nullable(),
})
export type Attempt = z.infer<typeof Attempt>

/** One call through the gateway, as the log keeps it. */
export const RequestRecord = z.object({
  id: z.uuid(),
  workspaceId: z.uuid(),
  keyId: z.uuid().nullable(),
  credentialId: z.uuid().nullable(),
  at: Timestamp,
  operationName: z.enum(['chat']),
  promptPreview: z.string().describe('At most 200 characters, redacted.'),
  complexity: Complexity.nullable(),
  score: z.number().nullable(),
  requestModel: z.string(),
  providerName: z.string().nullable(),
  responseModel: z.string().nullable(),
  route: z.string().nullable().describe('Why this candidate: `pinned`, `price` …'),
  attempts: z.array(Attempt),
  status: z.enum(requestStatuses),
  httpStatus: z.int().nullable(),
  errorCode: z.string().nullable(),
  errorMessage: z.string().nullable(),
  finishReason: FinishReason.nullable(),
  inputTokens: z.int(),
  outputTokens: z.int(),
  cacheReadInputTokens: z.int(),
  cacheWriteInputTokens: z.int(),
  reasoningOutputTokens: z.int(),
  costNanoUsd: NanoUsd.nullable().describe('Null when the model has no price.'),
  baselineCostNanoUsd: NanoUsd.nullable().describe('What the baseline model would have cost.'),
  savingNanoUsd: NanoUsd.nullable(),
  ttftMs: z.number().nullable(),
  latencyMs: z.number().nullable(),
  stream: z.boolean(),
  estimated: z.boolean().describe('The tokens were counted by us, not by the provider.'),
  priced: z.boolean(),
  conversationId: z.string().nullable(),
  environment: z.string().nullable(),
  tags: z.record(z.string(), z.string()),
})
export type RequestRecord = z.infer<typeof RequestRecord>
