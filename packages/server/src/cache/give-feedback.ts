import { setTimeout as delay } from 'node:timers/promises'
import { AssayError, giveFeedback, voteOfRating, type RequestRecord } from '@assay/core'
import { findRequest, recordFeedback } from '@assay/store'
import { implement, type Exchange } from '../http/implement.ts'
import { keyVoter } from './voter.ts'

/** So long a request that has just been answered may be on its way into the log. */
const LOOK_FOR_MS = 2_000
const LOOK_EVERY_MS = 100
const LONGEST_USER_AGENT = 300

/** Takes a voice on any answer, kept or not; a kept one is withdrawn in the same transaction when voices reject it. */
export const onGiveFeedback = implement(giveFeedback, async (exchange, { body }) => {
  const { app, inWorkspace } = exchange
  const request = await findSoon(exchange, body.requestId)
  // The answer itself may still wait to be written.
  await app.cache.flush()
  const voter = await voterOf(exchange, request)
  const vote = body.vote ?? voteOfRating(body.rating!)
  const { feedback, answer } = await inWorkspace((scope) =>
    recordFeedback(scope, {
      id: app.createId(),
      requestId: request.id,
      originRequestId: request.cachedFrom ?? request.id,
      voter,
      vote,
      rating: body.rating ?? null,
      comment: body.comment ?? null,
      corrected: body.corrected ?? null,
      promptHash: null,
      userAgent: exchange.header('user-agent')?.slice(0, LONGEST_USER_AGENT) ?? null,
      createdAt: app.nowIso(),
    }),
  )
  if (answer) app.cache.forget([answer.key])
  return {
    feedback,
    cache: answer,
    failure: null,
    golden: null,
    testCase: vote === 'down' ? { method: 'post' as const, path: `/api/v1/requests/${request.id}/test-case` } : null,
  }
})

const findSoon = async ({ app, inWorkspace }: Exchange, id: string): Promise<RequestRecord> => {
  for (const until = app.now() + LOOK_FOR_MS; ; await delay(LOOK_EVERY_MS)) {
    const found = await inWorkspace((scope) => findRequest(scope, id))
    if (found) return found
    if (app.now() > until) throw new AssayError('resource.not_found', { what: 'request', id })
  }
}

/** A person, or the user of a key: the one named in the header, else the one who asked. */
const voterOf = async ({ app, caller, member, header }: Exchange, { userHash }: RequestRecord): Promise<string> => {
  if (caller.kind === 'session' || caller.kind === 'local_owner') return `person:${caller.person.id}`
  const user = header('x-assay-user')
  const named = user ? await app.hashUser(member().workspaceId, user) : userHash
  return keyVoter(caller.kind === 'key' ? caller.keyId : null, named)
}
