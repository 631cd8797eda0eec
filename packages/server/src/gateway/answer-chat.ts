import {
  AssayError,
  cacheModeOf,
  costOf,
  estimateInputTokens,
  noUsage,
  outputLimitOf,
  priceOf,
  pricedProvider,
  type Usage,
} from '@assay/core'
import type { ChatJob } from './chat-job.ts'
import { credentialWish } from './credential-wish.ts'
import { CompleteChat } from './complete-chat.ts'
import type { Cache, CacheTurn, Limits, Reservation, ResolvedCredential } from './parts.ts'

/** Answers a planned request: from the cache, with the answer that another waits for, or by a call of its own. */
export const answerChat = async (job: ChatJob): Promise<void> => {
  const { cache, spool, metrics } = job.parts
  if (job.holder.onFullDisk === 'shed' && spool.isFull?.()) {
    metrics.shed?.('disk')
    throw new AssayError('gateway.shed', { reason: 'the disk is full' })
  }
  if (cache) {
    job.turn = await beginTurn(cache, job)
    job.record.cache = job.turn.kind === 'lead' ? job.turn.state : cacheStates[job.turn.kind]
  }
  if (job.turn.kind === 'hit' || job.turn.kind === 'follow') return job.turn.serve(job, () => callAlone(job))
  await callProvider(job)
}

/** What the log says of each turn; whoever follows in vain has missed. */
const cacheStates = { off: 'off', bypass: 'bypass', hit: 'hit', follow: 'hit' } as const

/** The call of one who has waited in vain. */
const callAlone = (job: ChatJob): Promise<void> => {
  job.turn = { kind: 'bypass' }
  job.record.cache = 'miss'
  return callProvider(job)
}

const callProvider = async (job: ChatJob): Promise<void> => {
  try {
    if (job.parts.limits) job.reservation = await reserve(job.parts.limits, job)
  } catch (error) {
    if (job.turn.kind === 'lead') job.turn.flight.fail()
    throw error
  }
  new CompleteChat(job).start()
}

const beginTurn = async (cache: Cache, job: ChatJob): Promise<CacheTurn> => {
  const { provider, model } = job.candidates[0]!
  if (cacheModeOf(job.input.request, job.options.cache, job.holder.cachePolicy) === 'off') return { kind: 'off' }
  const credential = await credentialOf(job, provider)
  return cache.begin({
    holder: job.holder,
    request: job.input.request,
    place: {
      provider,
      model,
      baseUrl: credential?.baseUrl || null,
      credentialId: credential?.id ?? null,
      options: credential?.options ?? {},
    },
    options: job.options.cache,
    userHash: await userHashOf(job),
  })
}

/** Whose answers are kept apart, also where the log does not keep it. */
const userHashOf = async ({ parts, options: { user }, holder, record }: ChatJob): Promise<string | null> =>
  user && (record.userHash ?? (await parts.hashUser?.(holder.workspaceId, user)) ?? user)

const credentialOf = async (job: ChatJob, provider: string): Promise<ResolvedCredential | null> =>
  job.providers.get(provider)?.needsCredential
    ? job.parts.credentials.resolve(job.holder.workspaceId, provider, credentialWish(job))
    : null

/** What a model answers at most when the request does not say. */
const DEFAULT_OUTPUT_TOKENS = 1_024

const reserve = async (limits: Limits, job: ChatJob): Promise<Reservation> => {
  const { holder, record, input, startedAt, options } = job
  const inputTokens = estimateInputTokens(input.request)
  const outputTokens = outputLimitOf(input.request) ?? DEFAULT_OUTPUT_TOKENS
  return limits.reserve({
    holder,
    requestId: record.id,
    inputTokens,
    outputTokens,
    costNanoUsd: await dearest(job, { ...noUsage, inputTokens, outputTokens }),
    deadlineAt: startedAt + options.timeoutMs,
  })
}

/** What the tokens cost at the dearest candidate; null when one of them has no price. */
const dearest = async (job: ChatJob, usage: Usage): Promise<number | null> => {
  let most = 0
  for (const { provider, model } of job.candidates) {
    const baseUrl = (await credentialOf(job, provider))?.baseUrl || null
    const row = priceOf(pricedProvider({ provider, baseUrl }), model, job.prices)
    if (row === null) return null
    most = Math.max(most, costOf(usage, row))
  }
  return most
}
