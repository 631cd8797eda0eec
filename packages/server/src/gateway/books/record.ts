import {
  costOf,
  itemise,
  priceOf,
  pricedProvider,
  savingOf,
  textOf,
  timestamp,
  type ChatRequest,
  type ComplexityScore,
  type PriceRow,
  type RequestRecord,
  type Retention,
  type Usage,
} from '@assay/core'
import { preview } from './preview.ts'
import type { CallOptions } from '../chat/call-options.ts'
import type { KeyHolder } from '../parts.ts'

/** The row of a request at its beginning. Where nothing is to be kept it holds figures and no words. */
export const openRecord = (given: {
  id: string
  startedAt: number
  holder: KeyHolder
  request: ChatRequest
  options: CallOptions
  retention?: Retention
}): RequestRecord => {
  const { id, startedAt, holder, request, options, retention = 'metadata' } = given
  const isTold = retention !== 'none'
  return {
    id,
    workspaceId: holder.workspaceId,
    keyId: holder.keyId,
    credentialId: null,
    credentialSource: null,
    at: timestamp(startedAt),
    operationName: 'chat',
    promptPreview: isTold ? preview(lastUserText(request)) : '',
    complexity: null,
    score: null,
    requestModel: request.model,
    providerName: null,
    responseModel: null,
    route: null,
    attempts: [],
    rejected: [],
    cache: 'off',
    guards: [],
    dropped: [],
    toolsUsed: [],
    status: 'open',
    httpStatus: null,
    errorCode: null,
    errorMessage: null,
    finishReason: null,
    inputTokens: 0,
    outputTokens: 0,
    cacheReadInputTokens: 0,
    cacheWriteInputTokens: 0,
    reasoningOutputTokens: 0,
    costNanoUsd: null,
    baselineModel: null,
    baselineCostNanoUsd: null,
    savingNanoUsd: null,
    cacheSavedNanoUsd: null,
    cacheSavedMs: null,
    cachedFrom: null,
    priceVersion: null,
    costLines: null,
    ttftMs: null,
    latencyMs: null,
    stream: request.stream === true,
    estimated: false,
    priced: false,
    conversationId: isTold ? options.conversationId : null,
    userHash: null,
    environment: null,
    packageVersion: null,
    tags: options.tags,
  }
}

/** Books the tokens of a request and what they cost at the model that answered, and against the baseline. */
export const bookUsage = (
  record: RequestRecord,
  usage: Usage,
  place: {
    provider: string
    model: string
    baseUrl: string | null
    prices: readonly PriceRow[]
    priceVersion: string
    baseline: PriceRow | null
  },
): void => {
  const row = priceOf(pricedProvider(place), place.model, place.prices)
  record.inputTokens = usage.inputTokens
  record.outputTokens = usage.outputTokens
  record.cacheReadInputTokens = usage.cacheReadInputTokens
  record.cacheWriteInputTokens = usage.cacheWriteInputTokens
  record.reasoningOutputTokens = usage.reasoningOutputTokens
  record.costNanoUsd = row && costOf(usage, row)
  record.priced = row !== null
  record.priceVersion = row && place.priceVersion
  record.costLines = row && itemise(usage, row)
  Object.assign(record, savingOf(usage, record.costNanoUsd, place.baseline))
}

/** Tokens that failed attempts took, and what they cost. */
export type Spent = { usage: Usage; costNanoUsd: number | null }

/** Adds what failed attempts took to what is booked; it makes the request dearer, and the saving smaller. */
export const bookSpent = (record: RequestRecord, spent: readonly Spent[]): void => {
  for (const { usage, costNanoUsd } of spent) {
    record.inputTokens += usage.inputTokens
    record.outputTokens += usage.outputTokens
    record.cacheReadInputTokens += usage.cacheReadInputTokens
    record.cacheWriteInputTokens += usage.cacheWriteInputTokens
    record.reasoningOutputTokens += usage.reasoningOutputTokens
    if (costNanoUsd === null) continue
    if (record.costNanoUsd !== null) record.costNanoUsd += costNanoUsd
    if (record.savingNanoUsd !== null) record.savingNanoUsd -= costNanoUsd
  }
}

/** How hard the request was taken to be. */
export const bookComplexity = (record: RequestRecord, { score, complexity }: ComplexityScore): void => {
  record.score = score
  record.complexity = complexity
}

const lastUserText = ({ messages }: ChatRequest): string => {
  const message = messages.findLast(({ role }) => role === 'user')
  return message ? textOf(message) : ''
}
