import type { ChatJob } from './chat-job.ts'
import { CompleteChat } from './complete-chat.ts'
import type { Cache, CacheTurn } from './parts.ts'
import { credentialOf, reserve } from './reserve.ts'

/** Answers a planned request: from the cache, with the answer that another waits for, or by a call of its own. */
export const answerChat = async (job: ChatJob): Promise<void> => {
  const { cache } = job.parts
  if (cache) {
    job.turn = await beginTurn(cache, job)
    job.record.cache = cacheStates[job.turn.kind]
  }
  if (job.turn.kind === 'hit') return job.turn.serve(job)
  if (job.turn.kind === 'follow') return job.turn.serve(job, () => callAlone(job))
  await callProvider(job)
}

/** What the log says of each turn; whoever follows in vain has missed. */
const cacheStates = { off: 'off', bypass: 'bypass', hit: 'hit', follow: 'hit', lead: 'miss' } as const

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
  const credential = await credentialOf(job, provider)
  return cache.begin({
    holder: job.holder,
    request: job.input.request,
    place: { provider, model, baseUrl: credential?.baseUrl || null, credentialId: credential?.id ?? null },
    options: job.options.cache,
    userHash: job.record.userHash,
  })
}
