import { DAY_MS, timestamp } from '@assay/core'
import { sql } from 'kysely'
import type { KeptAnswer } from '../cache.ts'
import { columnOf, insertFromJson } from '../json-rows.ts'
import type { SystemScope } from '../scope.ts'
import { storable } from '../storable.ts'

/** So long one that is no longer given is still shown, with the reason. */
const SHOWN_DAYS = 7
const MEASURED_DAYS = 90

/** A new answer to keep; its counts begin at nothing. */
export type NewAnswer = Omit<
  KeptAnswer,
  | 'hitCount'
  | 'upvotes'
  | 'downvotes'
  | 'qualityScore'
  | 'pinned'
  | 'flagged'
  | 'invalidated'
  | 'invalidationReason'
  | 'savedNanoUsd'
  | 'rejectedBy'
>

/** How often an answer was given since the last time this was written, and when last. */
export type Hits = { key: string; hits: number; lastAccessedAt: string }

/**
 * Keeps answers, each in place of the one under its key: the votes on that one stay with their requests and count no
 * longer. A pin stays with the key.
 */
export const insertAnswers = async ({ db }: SystemScope, answers: readonly NewAnswer[]): Promise<void> => {
  const latest = [...new Map(answers.map((answer) => [answer.key, answer])).values()].toSorted((a, b) =>
    a.key < b.key ? -1 : 1,
  )
  if (latest.length === 0) return
  const keys = latest.map(({ key }) => key)
  await sql`update response_feedback set cache_key = null where cache_key = any(${keys}::text[])`.execute(db)
  await db.executeQuery(insertion(JSON.stringify(latest.map(toRow))))
}

/** Adds hits that were counted in memory. */
export const countHits = async ({ db }: SystemScope, hits: readonly Hits[]): Promise<void> => {
  if (hits.length === 0) return
  const rows = hits
    .toSorted((a, b) => (a.key < b.key ? -1 : 1))
    .map((hit) => sql`(${hit.key}::text, ${hit.hits}::bigint, ${hit.lastAccessedAt}::timestamptz)`)
  await sql`
    update response_cache set
      hit_count = hit_count + counted.hits,
      last_accessed_at = greatest(last_accessed_at, counted.at)
    from (values ${sql.join(rows)}) as counted (key, hits, at)
    where cache_key = counted.key
  `.execute(db)
}

/** The keys of all answers that may be given, for whoever is the only one to add some. */
export const readCacheKeys = async ({ db }: SystemScope, now: string): Promise<string[]> => {
  const rows = await db
    .selectFrom('responseCache')
    .select('cacheKey')
    .where('invalidated', '=', false)
    .where('expiresAt', '>', now)
    .execute()
  return rows.map(({ cacheKey }) => cacheKey)
}

/** Marks what has had its time and what comes from models that are no more; removes what was marked long ago. */
export const tidyCache = async (
  { db }: SystemScope,
  { now, retired }: { now: string; retired: readonly { provider: string; model: string }[] },
): Promise<{ keys: string[] }> => {
  const expired = await db
    .updateTable('responseCache')
    .set({ invalidated: true, invalidationReason: 'expired', invalidatedAt: now })
    .where('invalidated', '=', false)
    .where('expiresAt', '<=', now)
    .returning('cacheKey')
    .execute()
  const gone = await Promise.all(
    retired.map(({ provider, model }) =>
      db
        .updateTable('responseCache')
        .set({ invalidated: true, invalidationReason: 'model_retired', invalidatedAt: now })
        .where('invalidated', '=', false)
        .where('provider', '=', provider)
        .where('model', '=', model)
        .returning('cacheKey')
        .execute(),
    ),
  )
  const daysAgo = (days: number): string => timestamp(Date.parse(now) - days * DAY_MS)
  await db.deleteFrom('responseCache').where('invalidatedAt', '<', daysAgo(SHOWN_DAYS)).execute()
  await db.deleteFrom('nearDuplicates').where('at', '<', daysAgo(MEASURED_DAYS)).execute()
  return { keys: [...expired, ...gone.flat()].map(({ cacheKey }) => cacheKey) }
}

/** Makes room: what was not asked for longest goes first, what is invalid before it, what is pinned last. */
export const trimCache = async ({ db }: SystemScope, { maxBytes }: { maxBytes: number }): Promise<string[]> => {
  const { sizeBytes } = await db
    .selectFrom('responseCache')
    .select(sql<number>`coalesce(sum(size_bytes), 0)::bigint`.as('sizeBytes'))
    .executeTakeFirstOrThrow()
  if (sizeBytes <= maxBytes) return []
  const { rows } = await sql<{ key: string }>`
    delete from response_cache using (
      select cache_key as key, sum(size_bytes) over (
        order by invalidated, pinned desc, last_accessed_at desc, cache_key
      ) as running
      from response_cache
    ) as kept
    where cache_key = kept.key and kept.running > ${maxBytes}
    returning cache_key as key
  `.execute(db)
  return rows.map(({ key }) => key)
}

/** How many people share each of the workspaces. */
export const countMembers = async ({ db }: SystemScope, workspaceId: string): Promise<number> => {
  const { members } = await db
    .selectFrom('members')
    .select(sql<number>`count(*)::bigint`.as('members'))
    .where('workspaceId', '=', workspaceId)
    .executeTakeFirstOrThrow()
  return members
}

const toRow = ({ key, signature, ...answer }: NewAnswer) => ({
  ...storable(answer),
  cacheKey: key,
  signature: signature && `\\x${Buffer.from(signature).toString('hex')}`,
})

const columns = {
  cacheKey: 'text',
  workspaceId: 'uuid',
  requestId: 'uuid',
  promptPreview: 'text',
  promptHash: 'text',
  promptNormalized: 'text',
  maxTokens: 'integer',
  response: 'text',
  provider: 'text',
  model: 'text',
  complexity: 'text',
  finishReason: 'text',
  inputTokens: 'bigint',
  outputTokens: 'bigint',
  cacheReadInputTokens: 'bigint',
  cacheWriteInputTokens: 'bigint',
  reasoningOutputTokens: 'bigint',
  costNanoUsd: 'bigint',
  latencyMs: 'double precision',
  sizeBytes: 'integer',
  tags: 'jsonb',
  nearKey: 'text',
  signature: 'bytea',
  createdAt: 'timestamptz',
  lastAccessedAt: 'timestamptz',
  expiresAt: 'timestamptz',
} satisfies Partial<Record<keyof ReturnType<typeof toRow>, string>>

/** An answer whose key is there takes the place of what stands under it; whose it is stays. */
const replaced = Object.keys(columns)
  .filter((field) => field !== 'cacheKey' && field !== 'workspaceId')
  .map((field) => `${columnOf(field)} = excluded.${columnOf(field)}`)

const insertion = insertFromJson('response_cache', {
  columns,
  ending: `on conflict (cache_key) do update set ${replaced.join(', ')},
    hit_count = 0, upvotes = 0, downvotes = 0, quality_score = 0.5,
    invalidated = false, invalidation_reason = null, invalidated_at = null`,
})
