import { AssayError, cacheModeOf } from '@assay/core'
import type { ChatJob } from './chat-job.ts'
import { CompleteChat } from './complete-chat.ts'
import type { Cache, CacheTurn } from '../parts.ts'
import { credentialOf, reserve } from '../books/reserve.ts'

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
  // Only conversations are kept; an embedding is none. Of a request that leaves no words behind no answer stays either.
  if (job.record.operationName === 'embeddings' || job.retention === 'none') return { kind: 'off' }
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
