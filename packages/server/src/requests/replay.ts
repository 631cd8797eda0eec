import {
  AssayError,
  NANO_USD_PER_USD,
  openPolicy,
  replayRequest,
  scopesCover,
  SECOND_MS,
  type KeptBody,
  type Replay,
  type RequestRecord,
} from '@assay/core'
import { ReplyReader } from '@assay/providers'
import { z } from 'zod'
import type { App } from '../app.ts'
import type { KeyHolder } from '../gateway/parts.ts'
import { appFetch } from '../http/app-fetch.ts'
import type { Member } from '../http/caller.ts'
import { implement } from '../http/implement.ts'
import { requestWithBody } from './routes.ts'

const TIMEOUT_MS = 120 * SECOND_MS

/** Asks again what a request asked, as a request of its own: with limits, guards, cost and a row in the log. */
export const onReplayRequest = implement(
  replayRequest,
  async ({ app, member, inWorkspace }, { params, body: wish }) => {
    const { record, body } = await inWorkspace((scope) => requestWithBody(scope, params.id))
    const before = beforeOf(record, body)
    const after = await askAgain(app, { holder: holderOf(member()), record, body, model: wish.model })
    return { before, after, isSameText: after.answer !== null && after.answer.text === before.answer?.text }
  },
)

type Answered = Replay['after']

const beforeOf = (record: RequestRecord, { answer }: KeptBody): Answered => ({
  requestId: record.id,
  model: `${record.providerName ?? ''}/${record.responseModel ?? record.requestModel}`,
  status: record.status,
  answer: record.status === 'failed' && answer.text === '' ? null : answer,
  error: record.errorCode === null ? null : { code: record.errorCode, message: record.errorMessage ?? '' },
  costNanoUsd: record.costNanoUsd,
  latencyMs: record.latencyMs,
  outputTokens: record.outputTokens,
})

/** A key may do with a replay what it may do itself; a person calls for the workspace. */
const holderOf = (member: Member): KeyHolder => {
  if (member.kind !== 'key') {
    const { workspaceId } = member
    return {
      ...openPolicy,
      scopes: ['inference'],
      retention: 'full',
      keyId: null,
      limitsId: null,
      name: 'replay',
      workspaceId,
    }
  }
  if (!scopesCover(member.scopes, 'inference')) throw new AssayError('access.scope_missing', { scope: 'inference' })
  const { kind: _kind, ...holder } = member
  return holder
}

const askAgain = async (
  app: App,
  {
    holder,
    record,
    body,
    model,
  }: { holder: KeyHolder; record: RequestRecord; body: KeptBody; model: string | undefined },
): Promise<Answered> => {
  const { stream: _stream, stream_options: _streamOptions, ...request } = body.request
  using key = app.keys.lend(holder)
  const startedAt = app.now()
  const response = await appFetch(app)('http://localhost/v1/chat/completions', {
    method: 'POST',
    headers: {
      authorization: `Bearer ${key.text}`,
      'content-type': 'application/json',
      'x-assay-cache': 'off',
      'x-assay-timeout-ms': String(TIMEOUT_MS),
      'x-assay-tags': `replay-of=${record.id}`,
    },
    body: JSON.stringify({ ...request, ...(model === undefined ? {} : { model }) }),
  })
  const answered: unknown = await response.json()
  const [route = ''] = (response.headers.get('x-assay-route') ?? '').split(';')
  const costUsd = response.headers.get('x-assay-cost-usd')
  const told = {
    requestId: response.headers.get('x-assay-request-id') ?? record.id,
    model: route === '' ? (model ?? request.model) : route,
    costNanoUsd: costUsd === null ? null : Math.round(Number(costUsd) * NANO_USD_PER_USD),
    latencyMs: app.now() - startedAt,
  }
  if (!response.ok) return { ...told, status: 'failed', answer: null, error: errorOf(answered), outputTokens: null }
  const reply = new ReplyReader()
  reply.add(answered)
  const { text, reasoningText, toolCalls, finishReason, usage } = reply
  return {
    ...told,
    status: 'completed',
    answer: { text, reasoningText, toolCalls, finishReason },
    error: null,
    outputTokens: usage?.outputTokens ?? null,
  }
}

const Refusal = z.object({ error: z.object({ code: z.string().nullish(), message: z.string() }) })

const errorOf = (answered: unknown): { code: string; message: string } => {
  const { data } = Refusal.safeParse(answered)
  return { code: data?.error.code ?? 'gateway.provider_failed', message: data?.error.message ?? '' }
}
