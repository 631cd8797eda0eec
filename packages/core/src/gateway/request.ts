import { z } from 'zod'
import { Timestamp } from '../clock.ts'
import { NanoUsd } from '../money.ts'
import { CostLine } from './cost.ts'
import { FinishReason } from './chat.ts'
import { Usage } from './usage.ts'

export const complexities = ['simple', 'medium', 'complex'] as const
export const Complexity = z.enum(complexities)
export type Complexity = z.infer<typeof Complexity>

/** How one call through the gateway ended. `incomplete` was cut by the end of the process. */
export const requestStatuses = ['open', 'completed', 'failed', 'cancelled', 'incomplete'] as const

/** What a call asks for, in OpenTelemetry's words where it has one. */
export const operationNames = ['chat', 'responses', 'generate_content', 'embeddings', 'passthrough'] as const
export const OperationName = z.enum(operationNames)
export type OperationName = z.infer<typeof OperationName>

/** What the response cache did for a call: `bypass` was eligible and asked not to be, `off` was not eligible. */
export const cacheStates = ['hit', 'miss', 'bypass', 'off'] as const
export const CacheState = z.enum(cacheStates)
export type CacheState = z.infer<typeof CacheState>

/** Whose credential paid: the workspace's, or the operator's. */
export const CredentialSource = z.enum(['own', 'system'])
export type CredentialSource = z.infer<typeof CredentialSource>

/** A model that planning did not take, and by which rule. */
export const RejectedCandidate = z.object({ provider: z.string(), model: z.string(), why: z.string() })
export type RejectedCandidate = z.infer<typeof RejectedCandidate>

/** So many rejected candidates one record keeps. */
export const MOST_REJECTED = 20

/** One try of one candidate. */
export const Attempt = z.object({
  providerName: z.string(),
  model: z.string(),
  credentialId: z.uuid().nullable(),
  status: z
    .int()
    .nullable()
    .describe('HTTP status of the provider, also where its answer broke off later; null when none came.'),
  errorCode: z.string().nullable(),
  startedAt: Timestamp,
  ttftMs: z.number().nullable(),
  latencyMs: z.number(),
  usage: Usage.nullable().default(null).describe('Tokens that the provider counted for this try.'),
  costNanoUsd: NanoUsd.nullable(),
})
export type Attempt = z.infer<typeof Attempt>

/** One call through the gateway, as the log keeps it. */
export const RequestRecord = z.object({
  id: z.uuid(),
  workspaceId: z.uuid(),
  keyId: z.uuid().nullable(),
  credentialId: z.uuid().nullable(),
  credentialSource: CredentialSource.nullable(),
  at: Timestamp,
  operationName: OperationName,
  promptPreview: z.string().describe('At most 200 characters, redacted.'),
  complexity: Complexity.nullable(),
  score: z.number().nullable(),
  requestModel: z.string(),
  providerName: z.string().nullable(),
  responseModel: z.string().nullable(),
  route: z.string().nullable().describe('Why this candidate: `pinned`, `price` …'),
  attempts: z.array(Attempt),
  rejected: z.array(RejectedCandidate).describe(`At most ${MOST_REJECTED} candidates that were not taken, and why.`),
  cache: CacheState,
  guards: z.array(z.string()).describe('What the guards found, by their names.'),
  dropped: z.array(z.string()).describe('Fields that the provider has no counterpart for.'),
  toolsUsed: z.array(z.string()).describe('Names of the tools that the answer calls.'),
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
  baselineModel: z.string().nullable().describe('The model that the saving is told against, as `provider/model`.'),
  baselineCostNanoUsd: NanoUsd.nullable().describe('What the baseline model would have cost.'),
  savingNanoUsd: NanoUsd.nullable(),
  cacheSavedNanoUsd: NanoUsd.nullable().describe('What the answer cost when it was first made; only on a cache hit.'),
  cacheSavedMs: z.number().nullable().describe('How long that took; only on a cache hit.'),
  cachedFrom: z.uuid().nullable().describe('The request whose answer this is; only on a cache hit.'),
  priceVersion: z.string().nullable().describe('Which price table the costs were told by.'),
  costLines: z.array(CostLine).nullable().describe('The bill: what was used of each class, at what price.'),
  ttftMs: z.number().nullable(),
  latencyMs: z.number().nullable(),
  stream: z.boolean(),
  estimated: z.boolean().describe('The tokens were counted by us, not by the provider.'),
  priced: z.boolean(),
  conversationId: z.string().nullable(),
  userHash: z.string().nullable().describe('Keyed hash of the user that the caller named.'),
  environment: z.string().nullable(),
  packageVersion: z.string().nullable(),
  tags: z.record(z.string(), z.string()),
})
export type RequestRecord = z.infer<typeof RequestRecord>

/** What a record of an earlier version did not say. */
export const laterRecordFields = {
  credentialSource: null,
  rejected: [],
  cache: 'off',
  guards: [],
  dropped: [],
  toolsUsed: [],
  baselineModel: null,
  cacheSavedNanoUsd: null,
  cacheSavedMs: null,
  cachedFrom: null,
  priceVersion: null,
  costLines: null,
  userHash: null,
  packageVersion: null,
} as const satisfies Partial<{ [Field in keyof RequestRecord]: Readonly<RequestRecord[Field]> }>
