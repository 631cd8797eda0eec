import type { ServerResponse } from 'node:http'
import { AssayError, estimateInputTokens, planCandidates, type Candidate } from '@assay/core'
import {
  contentsCaller,
  countContents,
  countMessages,
  messagesCaller,
  providerErrorOf,
  readRefusal,
  refusalErrorOf,
  type CallerDialect,
  type CountDialect,
  type Provider,
} from '@assay/providers'
import { sendError, sendJson } from '../entry/answer.ts'
import { readCallOptions } from '../chat/call-options.ts'
import { readChatInput, upstreamBody, type ChatInput } from '../chat/chat-input.ts'
import type { ChatPlane } from '../chat/chat.ts'
import { credentialWish } from '../attempt/credential-wish.ts'
import type { DataPlaneCall } from '../entry/data-plane.ts'
import { answerOfFault, faultOf, type Fault } from '../attempt/fault.ts'
import { modelNameOf } from './models.ts'
import { readBody } from '../entry/read-body.ts'

/** `POST /v1/messages/count_tokens`. */
export const onCountMessages = (plane: ChatPlane, call: DataPlaneCall): Promise<void> =>
  count(plane, call, { dialect: countMessages, caller: messagesCaller })

/** `POST /v1beta/models/{model}:countTokens`. */
export const onCountContents = (plane: ChatPlane, call: DataPlaneCall): Promise<void> => {
  const model = modelNameOf(call.params['model']!)
  return count(plane, call, { dialect: countContents(model), caller: contentsCaller({ model, isStream: false }) })
}

type Spoken = { dialect: CountDialect; caller: CallerDialect }

/** Counting is free and answers nothing, so it has no place in the log. */
const count = async (plane: ChatPlane, call: DataPlaneCall, { dialect, caller }: Spoken): Promise<void> => {
  const { parts, facts, providers } = plane
  const { holder, response, requestId } = call
  const startedAt = parts.now()
  const options = readCallOptions(call.request.headers, plane.patience.wholeMs)
  const { timeoutMs } = options
  const input = readChatInput(await readBody(call.request), dialect.decode)
  const known = await facts.recent(holder.workspaceId)
  const [candidate] = planCandidates(
    { ...input.request, complexity: 'simple', inputTokens: 0, hasImages: false },
    facts.planFacts(holder, known),
  ).candidates
  const { provider, model } = candidate!
  const counter = providers.get(provider)?.count
  const route = { 'x-assay-route': `${provider}/${model}; reason=${candidate!.reason}; attempts=${counter ? 1 : 0}` }
  if (!counter) {
    const body = dialect.tell(estimateInputTokens(input.request))
    return sendJson(response, { status: 200, body, requestId, headers: { ...route, 'x-assay-estimated': 'true' } })
  }
  const credential = await parts.credentials.resolve(
    holder.workspaceId,
    provider,
    credentialWish({ holder, options, startedAt }),
  )
  if (!credential) throw new AssayError('vault.key_missing', { provider })
  const place = { provider, model, baseUrl: credential.baseUrl || null }
  const counted = await ask(plane, {
    counter,
    candidate: candidate!,
    call: {
      model,
      request: input.request,
      native: dialect.provider === provider ? nativeOf(call, { dialect, input, model }) : null,
      baseUrl: credential.baseUrl || null,
      secret: credential.secret,
      ...(credential.options ? { options: credential.options } : undefined),
      signal: AbortSignal.any([AbortSignal.timeout(Math.min(timeoutMs, MOST_MS)), goneSignal(response)]),
    },
  }).catch((error: unknown) => {
    if (!(error instanceof Error)) throw error
    return faultOf(providerErrorOf(error, { ...place, timeoutMs: Math.min(timeoutMs, MOST_MS) }))
  })
  if (response.destroyed) return
  if (typeof counted === 'number') {
    return sendJson(response, { status: 200, body: dialect.tell(counted), requestId, headers: route })
  }
  const { status, body } = answerOfFault(counted, requestId, caller)
  sendError(response, { status, body, requestId, headers: route })
}

/** So long a count may take. */
const MOST_MS = 60_000

type Asking = {
  counter: NonNullable<Provider['count']>
  candidate: Candidate
  call: Parameters<NonNullable<Provider['count']>['ask']>[0]
}

const ask = async ({ parts }: ChatPlane, { counter, candidate, call }: Asking): Promise<number | Fault> => {
  const { provider, model } = candidate
  const answer = await counter.ask(call, parts.egress)
  const text = answer.mask(await answer.text())
  if (answer.status >= 300) {
    const { status, headers } = answer
    const refusal = readRefusal(status, text)
    const error = refusalErrorOf({ status, headers, refusal }, { provider, model, baseUrl: call.baseUrl })
    return { error, status, refusal, headers }
  }
  const tokens = counter.read(parsed(text))
  if (tokens !== null) return tokens
  return faultOf(new AssayError('gateway.provider_failed', { provider, model, reason: 'its answer tells no number' }))
}

const nativeOf = (
  { request }: DataPlaneCall,
  { dialect, input, model }: { dialect: CountDialect; input: ChatInput; model: string },
) => {
  const { 'anthropic-beta': beta } = request.headers
  const named = input.members.has('model') ? upstreamBody(input, model) : input.bytes
  return {
    body: dialect.ownBody(named, model),
    headers: typeof beta === 'string' ? { 'anthropic-beta': beta } : undefined,
  }
}

const goneSignal = (response: ServerResponse): AbortSignal => {
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  return gone.signal
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
