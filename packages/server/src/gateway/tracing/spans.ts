import { NANO_USD_PER_USD, SECOND_MS, type Attempt, type ChatRequest, type RequestRecord } from '@assay/core'
import { otlpAttributes, type Attributes, type OtlpAttribute } from './attributes.ts'
import { genAi, general, operationNameOf, own, providerNameOf } from './names.ts'
import type { FinishedTrace, TracedCall, TracedEnd } from './trace.ts'

/** One span in OTLP's JSON. */
export type OtlpSpan = {
  traceId: string
  spanId: string
  parentSpanId?: string
  traceState?: string
  name: string
  kind: number
  startTimeUnixNano: string
  endTimeUnixNano: string
  attributes: OtlpAttribute[]
  status: { code?: number; message?: string }
  flags: number
}

// opentelemetry-proto, trace.proto: Span.SpanKind and Status.StatusCode
const SERVER = 2
const CLIENT = 3
const ERROR = 2
const SAMPLED = 1

/** The span of a request and below it one for each call to a provider. */
export const spansOf = ({ context, calls, end }: FinishedTrace): OtlpSpan[] => {
  const { traceId, spanId, parentSpanId, state } = context
  const common = { traceId, ...(state === null ? undefined : { traceState: state }), flags: SAMPLED }
  const request = {
    ...common,
    spanId,
    ...(parentSpanId === null ? undefined : { parentSpanId }),
    ...('record' in end ? answered(end) : refused(end)),
  }
  if (!('record' in end)) return [request]
  const children = calls.map((call, place) => ({
    ...common,
    spanId: call.spanId,
    parentSpanId: spanId,
    ...called(call, { number: place + 1, record: end.record }),
  }))
  return [request, ...children]
}

type Told = Omit<OtlpSpan, 'traceId' | 'spanId' | 'parentSpanId' | 'traceState' | 'flags'>

const answered = ({ record, request, content }: Extract<TracedEnd, { record: unknown }>): Told => {
  const startedMs = Date.parse(record.at)
  const isFailed = record.status === 'failed' || record.status === 'incomplete'
  return {
    name: `${operationNameOf(record.operationName)} ${record.requestModel}`,
    kind: SERVER,
    ...lasting(startedMs, record.latencyMs ?? 0),
    attributes: otlpAttributes({
      [genAi.operationName]: operationNameOf(record.operationName),
      [genAi.providerName]: record.providerName && providerNameOf(record.providerName),
      [genAi.requestModel]: record.requestModel,
      ...(request && askedFor(request)),
      [genAi.requestStream]: record.stream || null,
      [genAi.responseModel]: record.status === 'completed' ? record.responseModel : null,
      [genAi.responseFinishReasons]: record.finishReason && [record.finishReason],
      [genAi.responseTimeToFirstChunk]: record.stream && record.ttftMs !== null ? record.ttftMs / SECOND_MS : null,
      ...usageOf(record),
      [genAi.conversationId]: record.conversationId,
      ...(content && {
        [genAi.systemInstructions]: content.system,
        [genAi.inputMessages]: content.input,
        [genAi.outputMessages]: content.output,
      }),
      [general.errorType]: record.errorCode,
      [general.httpStatus]: record.httpStatus,
      [own.requestId]: record.id,
      [own.workspaceId]: record.workspaceId,
      [own.keyId]: record.keyId,
      [own.status]: record.status,
      [own.routeReason]: record.route,
      [own.routeComplexity]: record.complexity,
      [own.costUsd]: usd(record.costNanoUsd),
      [own.baselineCostUsd]: usd(record.baselineCostNanoUsd),
      [own.savingUsd]: usd(record.savingNanoUsd),
      [own.cacheHit]: record.cache === 'hit',
      [own.cacheSavedUsd]: usd(record.cacheSavedNanoUsd),
      [own.usageEstimated]: record.estimated || null,
      [own.attempts]: record.attempts.length,
      [own.guards]: record.guards.length > 0 ? record.guards : null,
    }),
    status: isFailed ? { code: ERROR, ...(record.errorMessage ? { message: record.errorMessage } : undefined) } : {},
  }
}

/** What was asked of the model beside the words; texts of the caller, such as stop sequences, are not told. */
const askedFor = (request: ChatRequest): Attributes => ({
  [genAi.requestMaxTokens]: request.max_completion_tokens ?? request.max_tokens,
  [genAi.requestTemperature]: request.temperature,
  [genAi.requestTopP]: number(request['top_p']),
  [genAi.requestTopK]: whole(request['top_k']),
  [genAi.requestSeed]: request.seed,
  [genAi.requestFrequencyPenalty]: number(request['frequency_penalty']),
  [genAi.requestPresencePenalty]: number(request['presence_penalty']),
  [genAi.requestChoiceCount]: request['n'] === 1 ? null : whole(request['n']),
  [genAi.requestReasoningLevel]: word(request['reasoning_effort']),
  [genAi.outputType]: request.response_format?.type.startsWith('json') ? 'json' : null,
})

/** What was used of a model; an answer from the cache used none. */
const usageOf = (record: RequestRecord): Attributes =>
  record.cache === 'hit'
    ? {}
    : {
        [genAi.inputTokens]: record.inputTokens,
        [genAi.outputTokens]: record.outputTokens,
        [genAi.cacheReadInputTokens]: record.cacheReadInputTokens || null,
        [genAi.cacheWriteInputTokens]: record.cacheWriteInputTokens || null,
        [genAi.reasoningOutputTokens]: record.reasoningOutputTokens || null,
      }

const called = (
  { attempt, baseUrl }: TracedCall,
  { number: place, record }: { number: number; record: RequestRecord },
): Told => ({
  name: `${operationNameOf(record.operationName)} ${attempt.model}`,
  kind: CLIENT,
  ...lasting(Date.parse(attempt.startedAt), attempt.latencyMs),
  attributes: otlpAttributes({
    [genAi.operationName]: operationNameOf(record.operationName),
    [genAi.providerName]: providerNameOf(attempt.providerName),
    [genAi.requestModel]: attempt.model,
    [genAi.responseTimeToFirstChunk]: attempt.ttftMs === null ? null : attempt.ttftMs / SECOND_MS,
    [general.errorType]: attempt.errorCode,
    [general.httpStatus]: attempt.status,
    ...serverOf(baseUrl),
    [own.attemptNumber]: place,
    ...usedBy(attempt),
  }),
  status: attempt.errorCode === null ? {} : { code: ERROR },
})

const usedBy = ({ usage, costNanoUsd }: Attempt): Attributes => ({
  [own.attemptInputTokens]: usage?.inputTokens,
  [own.attemptOutputTokens]: usage?.outputTokens,
  [own.attemptCostUsd]: usd(costNanoUsd),
})

const refused = ({ refusal, ...end }: Extract<TracedEnd, { refusal: unknown }>): Told => ({
  name: `${end.method} ${end.path}`,
  kind: SERVER,
  ...lasting(end.at, end.endedAt - end.at),
  attributes: otlpAttributes({
    [general.httpMethod]: end.method,
    [general.urlPath]: end.path,
    [general.httpStatus]: refusal.status,
    [general.errorType]: refusal.code,
    [own.requestId]: end.requestId,
    [own.workspaceId]: end.workspaceId,
    [own.status]: 'refused',
  }),
  // A refusal that the caller has caused is no error of the server that refuses.
  status: refusal.status >= 500 ? { code: ERROR } : {},
})

const serverOf = (baseUrl: string | null): Attributes => {
  if (baseUrl === null || !URL.canParse(baseUrl)) return {}
  const { hostname, port, protocol } = new URL(baseUrl)
  return {
    [general.serverAddress]: hostname,
    [general.serverPort]: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port),
  }
}

const lasting = (startedMs: number, durationMs: number) => ({
  startTimeUnixNano: nano(startedMs),
  endTimeUnixNano: nano(startedMs + Math.max(0, durationMs)),
})

/** Milliseconds with the six zeros of nanoseconds: as a number it would not be exact. */
const nano = (milliseconds: number): string => `${Math.round(milliseconds)}000000`

const usd = (nanoUsd: number | null): number | null => (nanoUsd === null ? null : nanoUsd / NANO_USD_PER_USD)

const number = (value: unknown): number | null => (typeof value === 'number' && Number.isFinite(value) ? value : null)

const whole = (value: unknown): number | null => (Number.isSafeInteger(value) ? (value as number) : null)

const word = (value: unknown): string | null => (typeof value === 'string' && value.length <= 32 ? value : null)
