import {
  type CacheEntry,
  type ContractInput,
  countVote,
  type Feedback,
  isRejected,
  type listFeedback as listFeedbackContract,
  type Page,
  qualityScoreOf,
} from '@assay/core'
import type { Selectable } from 'kysely'
import { decodeCursor, isBefore, limitOf, pageFrom, TimePosition } from './cursor.ts'
import type { Database } from './schema.ts'
import type { WorkspaceScope } from './scope.ts'
import { storable } from './storable.ts'

/** What the list of feedback can be asked for. */
export type FeedbackQuery = Partial<ContractInput<typeof listFeedbackContract>['query']>

/** The kept answer that a voice counted for, as it now stands. */
export type CountedAnswer = Pick<CacheEntry, 'key' | 'upvotes' | 'downvotes' | 'qualityScore' | 'invalidated'>

/**
 * Takes a voice on the answer that the request `origin` brought, in place of the voter's earlier one; moves the counts
 * of the kept answer by the difference, and invalidates it as soon as more voices reject it than want it.
 */
export const recordFeedback = async (
  { db, workspaceId }: WorkspaceScope,
  given: Omit<Feedback, 'cacheKey'> & { originRequestId: string; promptHash: string | null },
): Promise<{ feedback: Feedback; answer: CountedAnswer | null }> => {
  const { originRequestId, ...voice } = given
  // Held until the end, so that voices on one answer are counted one after the other.
  const entry = await db
    .selectFrom('responseCache')
    .select(['cacheKey', 'upvotes', 'downvotes', 'pinned', 'invalidated'])
    .where('workspaceId', '=', workspaceId)
    .where('requestId', '=', originRequestId)
    .forUpdate()
    .executeTakeFirst()
  const earlier = await db
    .selectFrom('responseFeedback')
    .select(['id', 'vote', 'cacheKey'])
    .where('workspaceId', '=', workspaceId)
    .where('requestId', '=', voice.requestId)
    .where('voter', '=', voice.voter)
    .forUpdate()
    .executeTakeFirst()
  const cacheKey = entry?.cacheKey ?? null
  const row = await db
    .insertInto('responseFeedback')
    .values(storable({ ...voice, workspaceId, cacheKey }))
    .onConflict((conflict) =>
      conflict.columns(['requestId', 'voter']).doUpdateSet({
        vote: voice.vote,
        rating: voice.rating,
        comment: voice.comment,
        corrected: voice.corrected,
        promptHash: voice.promptHash,
        userAgent: voice.userAgent,
        createdAt: voice.createdAt,
        cacheKey,
      }),
    )
    .returningAll()
    .executeTakeFirstOrThrow()
  if (!entry) return { feedback: toFeedback(row), answer: null }
  // An earlier vote that no longer names the answer was counted for one that has been replaced since.
  const counted = earlier && earlier.cacheKey === entry.cacheKey ? earlier.vote : null
  const votes = countVote(entry, voice.vote, counted)
  const isInvalid = entry.invalidated || (isRejected(votes) && !entry.pinned)
  await db
    .updateTable('responseCache')
    .set({
      ...votes,
      qualityScore: qualityScoreOf(votes),
      ...(isInvalid && !entry.invalidated
        ? { invalidated: true, invalidationReason: 'downvotes' as const, invalidatedAt: voice.createdAt }
        : {}),
    })
    .where('workspaceId', '=', workspaceId)
    .where('cacheKey', '=', entry.cacheKey)
    .execute()
  return {
    feedback: toFeedback(row),
    answer: { key: entry.cacheKey, ...votes, qualityScore: qualityScoreOf(votes), invalidated: isInvalid },
  }
}

/** Feedback of the workspace, newest first. */
export const listFeedback = async (
  { db, workspaceId }: WorkspaceScope,
  query: FeedbackQuery,
): Promise<Page<Feedback>> => {
  const { requestId, cacheKey, vote } = query
  const after = decodeCursor(query.cursor, TimePosition)
  const limit = limitOf(query)
  let select = db.selectFrom('responseFeedback').selectAll().where('workspaceId', '=', workspaceId)
  if (requestId !== undefined) select = select.where('requestId', '=', requestId)
  if (cacheKey !== undefined) select = select.where('cacheKey', '=', cacheKey)
  if (vote !== undefined) select = select.where('vote', '=', vote)
  if (after !== undefined) select = select.where(isBefore(['createdAt', 'id'], after))
  const rows = await select
    .orderBy('createdAt', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute()
  return pageFrom(rows, { limit, item: toFeedback, position: ({ createdAt, id }) => [createdAt, id] })
}

const toFeedback = ({
  workspaceId: _workspaceId,
  promptHash: _promptHash,
  ...feedback
}: Selectable<Database['responseFeedback']>): Feedback => feedback
