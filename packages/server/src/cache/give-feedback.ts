import { hash } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import {
  AssayError,
  giveFeedback,
  promptHashOf,
  rejectionOf,
  UPS_FOR_GOLDEN,
  voteOfRating,
  type FeedbackReply,
  type KeptBody,
  type RequestRecord,
} from '@assay/core'
import { countUps, findBody, findRequest, offerGoldenCase, recordFeedback, type WorkspaceScope } from '@assay/store'
import { implement, type Exchange } from '../http/implement.ts'
import { keyVoter } from './voter.ts'

/** So long a request that has just been answered may be on its way into the log. */
const LOOK_FOR_MS = 2_000
const LOOK_EVERY_MS = 100
const LONGEST_USER_AGENT = 300

/** Takes a voice on any answer, kept or not; a kept one is withdrawn in the same transaction when voices reject it. */
export const onGiveFeedback = implement(giveFeedback, async (exchange, { body }) => {
  const { app, member, inWorkspace } = exchange
  const request = await findSoon(exchange, body.requestId)
  // The answer itself may still wait to be written.
  await app.cache.flush()
  const voter = await voterOf(exchange, request)
  const vote = body.vote ?? voteOfRating(body.rating!)
  const comment = body.comment ?? null
  const corrected = body.corrected ?? null
  const { feedback, answer, kept, golden } = await inWorkspace(async (scope) => {
    const kept = await findBody(scope, request.id)
    const promptHash = hashOfPrompt(request, kept)
    const recorded = await recordFeedback(scope, {
      id: app.createId(),
      requestId: request.id,
      originRequestId: request.cachedFrom ?? request.id,
      voter,
      vote,
      rating: body.rating ?? null,
      comment,
      corrected,
      promptHash,
      userAgent: exchange.header('user-agent')?.slice(0, LONGEST_USER_AGENT) ?? null,
      createdAt: app.nowIso(),
    })
    return { ...recorded, kept, golden: vote === 'up' ? await offer(exchange, scope, { request, promptHash }) : null }
  })
  if (answer) app.cache.forget([answer.key])
  const isRejected = vote === 'down'
  const receipt = isRejected
    ? await app.reports.record(
        member().workspaceId,
        rejectionOf({ record: request, body: kept, voter, comment, corrected }),
      )
    : null
  return {
    feedback,
    cache: answer,
    testCase: isRejected ? { method: 'post' as const, path: `/api/v1/requests/${request.id}/test-case` } : null,
    failure: receipt && { groupId: receipt.group.id, testId: receipt.regressionTest?.id ?? null },
    golden,
  }
})

/** Finds one prompt again; without its body by what the log shows of it. */
const hashOfPrompt = ({ promptPreview }: RequestRecord, kept: KeptBody | null): string | null => {
  if (kept) return promptHashOf(kept.request)
  return promptPreview === '' ? null : hash('sha256', promptPreview)
}

/** A prompt whose answers are liked often enough is offered as a case; one that was put aside is not offered again. */
const offer = async (
  { app }: Exchange,
  scope: WorkspaceScope,
  { request, promptHash }: { request: RequestRecord; promptHash: string | null },
): Promise<FeedbackReply['golden']> => {
  if (promptHash === null) return null
  const ups = await countUps(scope, promptHash)
  if (ups < UPS_FOR_GOLDEN) return null
  const at = app.nowIso()
  const offered = await offerGoldenCase(scope, {
    id: app.createId(),
    state: 'offered',
    requestId: request.id,
    promptPreview: request.promptPreview,
    model: request.requestModel,
    ups,
    testId: null,
    createdAt: at,
    updatedAt: at,
    promptHash,
  })
  return offered.state === 'offered' ? { id: offered.id, ups } : null
}

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
