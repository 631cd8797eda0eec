import {
  AssayError,
  checkRecovery,
  estimateInputTokens,
  imagesOf,
  noUsage,
  planCandidates,
  scoreComplexity,
  SECOND_MS,
  type ChatMessage,
  type ChatRequest,
  type Complete,
  type Completion,
  type FailureReport,
  type RegressionTest,
  type RequestRecord,
  type Verdict,
} from '@assay/core'
import { createProviders, ReplyReader } from '@assay/providers'
import { newestReplayable } from '@assay/store'
import { createFacts } from '../../../gateway/chat/facts.ts'
import { openTestPlane, type Asking, type TestPlane } from './test-plane.ts'

/** What one call to the gateway of a test showed, beside what was said. */
export type Witness = {
  record: RequestRecord | null
  failure: FailureReport | null
  verdicts: Verdict[]
  ttftMs: number | null
  /** As the gateway told it. */
  error: { code: string; message: string } | null
}

/** Asks as an application asks the gateway, and remembers what the gateway did. */
export type PlaneCall = { complete: Complete; witness(): Witness }

const INJECTED = 'assay-injected'
const FALLBACK = 'sim/echo'

/**
 * The way to the model, the alias or the plan that a test names; a model of its own name is asked once. In place of a
 * model that failed, `sim/fault` plays what it did, and `sim/echo` stands for each candidate behind it: no provider is
 * called. Without protection the fault stands alone and is met once.
 */
export const planeCall = (
  app: Asking,
  { workspaceId, test, isProtected = true }: { workspaceId: string; test: RegressionTest; isProtected?: boolean },
): PlaneCall => {
  const { target } = test
  if (target.kind !== 'fault') {
    return callThrough(
      () => openTestPlane(app, { workspaceId, isPatient: false }),
      (request) => ({ ...request, stream: false, stream_options: null }),
    )
  }
  const { fault } = target
  const delayMs = typeof fault['delayMs'] === 'number' ? fault['delayMs'] : 0
  const open = async (): Promise<TestPlane> => {
    const models = isProtected && (await hasFallback(app, workspaceId, test)) ? ['sim/fault', FALLBACK] : ['sim/fault']
    return openTestPlane(app, { workspaceId, alias: { name: INJECTED, models }, isPatient: isProtected, delayMs })
  }
  const script: ChatMessage = { role: 'system', content: JSON.stringify(fault) }
  const retryAfterMs = retryAfterOf(fault)
  return callThrough(
    open,
    (request) => ({ ...request, model: INJECTED, messages: [script, ...request.messages] }),
    isProtected ? retryAfterMs : undefined,
  )
}

const retryAfterOf = ({ headers }: Record<string, unknown>): number | null => {
  if (typeof headers !== 'object' || headers === null || !('retry-after' in headers)) return null
  const seconds = Number(headers['retry-after'])
  return Number.isFinite(seconds) ? seconds * SECOND_MS : null
}

const callThrough = (
  open: () => TestPlane | Promise<TestPlane>,
  written: (request: ChatRequest) => ChatRequest,
  /** Given for a fault that is played: how the gateway met it is judged too. */
  retryAfterMs?: number | null,
): PlaneCall => {
  let seen: Witness = { record: null, failure: null, verdicts: [], ttftMs: null, error: null }
  const complete: Complete = async (request, { signal }) => {
    using plane = await open()
    const response = await plane.fetch('http://localhost/v1/chat/completions', {
      method: 'POST',
      headers: { authorization: 'Bearer test', 'content-type': 'application/json', 'x-assay-cache': 'off' },
      body: JSON.stringify(written(request)),
      signal,
    })
    const answered = await readAnswer(response)
    const record = plane.record()
    const failure = record && (await plane.failure(record))
    const told = { record, patience: plane.patience, error: answered.error, status: response.status }
    const verdicts =
      retryAfterMs === undefined || record === null ? [] : checkRecovery({ ...told, record, retryAfterMs })
    seen = { record, failure, verdicts, ttftMs: record?.ttftMs ?? null, error: null }
    if (answered.error) {
      const error = toldOf(answered.error, record)
      seen = { ...seen, error }
      throw new AssayError('gateway.provider_failed', {
        provider: 'gateway',
        model: request.model,
        reason: error.message,
      })
    }
    return completionOf(answered.reply, record, request)
  }
  return { complete, witness: () => seen }
}

type Refusal = { code?: string | null; message?: string; details?: unknown }
type Answered = { reply: ReplyReader; error: Refusal | null }

/** The answer, whole or in its events; an error in the middle of a stream is an error too. */
const readAnswer = async (response: Response): Promise<Answered> => {
  const text = await response.text()
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') ?? false
  const parts = isStream
    ? text.split('\n').flatMap((line) => (line.startsWith('data: ') && line !== 'data: [DONE]' ? [line.slice(6)] : []))
    : [text]
  const reply = new ReplyReader()
  for (const part of parts) {
    const json = parsed(part)
    const error = (json as { error?: Refusal } | null)?.error
    if (error) return { reply, error }
    reply.add(json)
  }
  return { reply, error: response.ok ? null : { message: `HTTP ${response.status}` } }
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return null
  }
}

/** The error as the gateway told it: of the log where there is a row, else of the answer. */
const toldOf = ({ code, message }: Refusal, record: RequestRecord | null): { code: string; message: string } => ({
  code: record?.errorCode ?? code ?? 'gateway.provider_failed',
  message: record?.errorMessage ?? message ?? 'no reason was given',
})

const completionOf = (reply: ReplyReader, record: RequestRecord | null, request: ChatRequest): Completion => {
  const { text, reasoningText, toolCalls, finishReason, usage } = reply
  return {
    providerName: record?.providerName ?? 'gateway',
    responseModel: reply.responseModel ?? record?.responseModel ?? request.model,
    text,
    reasoningText,
    toolCalls,
    finishReason: finishReason ?? 'other',
    usage: usage ?? { ...noUsage, inputTokens: record?.inputTokens ?? 0, outputTokens: record?.outputTokens ?? 0 },
    usageEstimated: usage === null || (record?.estimated ?? true),
    costNanoUsd: record?.costNanoUsd ?? null,
    latencyMs: record?.latencyMs ?? 0,
    ttftMs: record?.ttftMs ?? null,
  }
}

/** True when the workspace's plan has another candidate behind the one that failed. */
const hasFallback = async (app: Asking, workspaceId: string, test: RegressionTest): Promise<boolean> => {
  const { groupId, request } = test
  if (request === null) return false
  const failure = groupId && (await app.store.inWorkspace(workspaceId, (scope) => newestReplayable(scope, groupId)))
  const facts = createFacts(app, [...createProviders().keys()])
  const { candidates } = planCandidates(
    {
      ...request,
      complexity: scoreComplexity(request).complexity,
      inputTokens: request.model === 'auto' ? estimateInputTokens(request) : 0,
      hasImages: request.messages.some(({ content }) => imagesOf(content) > 0),
    },
    facts.planFacts({ allowedModels: [], allowedProviders: [] }, await facts.read(workspaceId)),
  )
  const { provider = null, model = null } = failure || {}
  const place = candidates.findIndex((one) => {
    const name = `${one.provider}/${one.model}`
    // An application may write the provider before the model or apart from it.
    return model === name || `${provider}/${model}` === name
  })
  // A plan that no longer has the model meets the fault in its first place.
  return candidates.length - 1 > Math.max(0, place)
}
