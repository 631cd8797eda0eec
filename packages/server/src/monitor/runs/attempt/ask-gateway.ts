import {
  AssayError,
  envelopes,
  noUsage,
  targetText,
  type Complete,
  type RegressionTest,
  type Verdict,
} from '@assay/core'
import { openTestPlane, type Asking } from './test-plane.ts'
import type { PlaneCall, Witness } from './ask-plane.ts'

const MOST_ISSUES = 5

/** Asks the gateway in one of its dialects, and looks whether the answer has the form that clients of it rely on. */
export const gatewayCall = (
  app: Asking,
  { workspaceId, test }: { workspaceId: string; test: RegressionTest },
): PlaneCall => {
  const { target } = test
  if (target.kind !== 'gateway') throw new Error(`${targetText(target)} is not the gateway`)
  const { path, body, answer } = envelopes[target.dialect]
  let seen: Witness = { record: null, failure: null, verdicts: [], ttftMs: null, error: null }
  const complete: Complete = async (request, { signal }) => {
    using plane = openTestPlane(app, { workspaceId, isPatient: false })
    const response = await plane.fetch(`http://localhost${path(target.model)}`, {
      method: 'POST',
      headers: { authorization: 'Bearer test', 'content-type': 'application/json', 'x-assay-cache': 'off' },
      body: JSON.stringify(body(request, target.model)),
      signal,
    })
    const text = await response.text()
    const record = plane.record()
    const failure = record && (await plane.failure(record))
    seen = { ...seen, record, failure, ttftMs: record?.ttftMs ?? null }
    if (!response.ok) {
      const error = { code: record?.errorCode ?? codeIn(text), message: record?.errorMessage ?? text.slice(0, 500) }
      seen = { ...seen, error }
      throw new AssayError('gateway.provider_failed', {
        provider: 'gateway',
        model: target.model,
        reason: error.message,
      })
    }
    const read = answer.safeParse(parsed(text))
    seen = { ...seen, verdicts: [formVerdict(target.dialect, read.error?.issues ?? [])] }
    return {
      providerName: record?.providerName ?? 'gateway',
      responseModel: record?.responseModel ?? target.model,
      text: read.data?.text ?? text,
      reasoningText: '',
      toolCalls: [],
      finishReason: record?.finishReason ?? 'stop',
      usage: { ...noUsage, inputTokens: record?.inputTokens ?? 0, outputTokens: record?.outputTokens ?? 0 },
      usageEstimated: record?.estimated ?? true,
      costNanoUsd: record?.costNanoUsd ?? null,
      latencyMs: record?.latencyMs ?? 0,
      ttftMs: record?.ttftMs ?? null,
    }
  }
  return { complete, witness: () => seen }
}

type Issue = { path: readonly PropertyKey[]; message: string }

const formVerdict = (dialect: string, issues: readonly Issue[]): Verdict => ({
  type: 'envelope',
  pass: issues.length === 0,
  score: issues.length === 0 ? 1 : 0,
  reason:
    issues.length === 0
      ? `the answer has the form of ${dialect}`
      : issues
          .slice(0, MOST_ISSUES)
          .map(({ path, message }) => `${path.map(String).join('.') || 'the answer'}: ${message}`)
          .join('; '),
  weight: 1,
})

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}

const codeIn = (text: string): string => {
  const error = (parsed(text) as { error?: { code?: unknown } } | null)?.error
  return typeof error?.code === 'string' ? error.code : 'gateway.provider_failed'
}
