/**
 * Every attribute name that our spans use. The `gen_ai.*` ones are those of the GenAI semantic conventions, which are
 * still in development: a change of theirs is a change of this file.
 * https://github.com/open-telemetry/semantic-conventions-genai
 */
export const genAi = {
  operationName: 'gen_ai.operation.name',
  providerName: 'gen_ai.provider.name',
  conversationId: 'gen_ai.conversation.id',
  outputType: 'gen_ai.output.type',
  requestModel: 'gen_ai.request.model',
  requestStream: 'gen_ai.request.stream',
  requestMaxTokens: 'gen_ai.request.max_tokens',
  requestTemperature: 'gen_ai.request.temperature',
  requestTopP: 'gen_ai.request.top_p',
  requestTopK: 'gen_ai.request.top_k',
  requestSeed: 'gen_ai.request.seed',
  requestFrequencyPenalty: 'gen_ai.request.frequency_penalty',
  requestPresencePenalty: 'gen_ai.request.presence_penalty',
  requestChoiceCount: 'gen_ai.request.choice.count',
  requestReasoningLevel: 'gen_ai.request.reasoning.level',
  responseModel: 'gen_ai.response.model',
  responseFinishReasons: 'gen_ai.response.finish_reasons',
  /** In seconds. */
  responseTimeToFirstChunk: 'gen_ai.response.time_to_first_chunk',
  inputTokens: 'gen_ai.usage.input_tokens',
  outputTokens: 'gen_ai.usage.output_tokens',
  cacheReadInputTokens: 'gen_ai.usage.cache_read.input_tokens',
  cacheWriteInputTokens: 'gen_ai.usage.cache_write.input_tokens',
  reasoningOutputTokens: 'gen_ai.usage.reasoning.output_tokens',
  // Only where the operator asks for them.
  systemInstructions: 'gen_ai.system_instructions',
  inputMessages: 'gen_ai.input.messages',
  outputMessages: 'gen_ai.output.messages',
} as const

/** Names of the general conventions. */
export const general = {
  errorType: 'error.type',
  httpMethod: 'http.request.method',
  httpStatus: 'http.response.status_code',
  urlPath: 'url.path',
  serverAddress: 'server.address',
  serverPort: 'server.port',
} as const

/** Our own names, for what the conventions have no word for. */
export const own = {
  requestId: 'assay.request.id',
  workspaceId: 'assay.workspace.id',
  keyId: 'assay.key.id',
  status: 'assay.status',
  routeReason: 'assay.route.reason',
  routeComplexity: 'assay.route.complexity',
  costUsd: 'assay.cost.usd',
  baselineCostUsd: 'assay.baseline.cost.usd',
  savingUsd: 'assay.saving.usd',
  cacheHit: 'assay.cache.hit',
  cacheSavedUsd: 'assay.cache.saved.usd',
  usageEstimated: 'assay.usage.estimated',
  attempts: 'assay.attempts',
  guards: 'assay.guards',
  attemptNumber: 'assay.attempt.number',
  attemptCostUsd: 'assay.attempt.cost.usd',
  /** Not `gen_ai.usage.*`: who adds up the usage of all spans would count a request twice. */
  attemptInputTokens: 'assay.attempt.input_tokens',
  attemptOutputTokens: 'assay.attempt.output_tokens',
} as const

/** What the conventions call a provider, where it differs from our word. */
const providerNames: Record<string, string> = {
  google: 'gcp.gemini',
  azure: 'azure.ai.openai',
  mistral: 'mistral_ai',
  xai: 'x_ai',
}

/** A provider in the words of the conventions. */
export const providerNameOf = (provider: string): string => providerNames[provider] ?? provider

/** What the conventions call an operation: one on another path is still a chat. */
export const operationNameOf = (operation: string): string => (operation === 'responses' ? 'chat' : operation)
