import {
  type CacheEntry,
  type CacheEntryWithAnswer,
  type cacheSorts,
  type ContractInput,
  type InvalidationReason,
  isRejected,
  type listCache as listCacheContract,
  type Page,
  type Usage,
} from '@assay/core'
import { type RawBuilder, type Selectable, sql } from 'kysely'
import { z } from 'zod'
import { decodeCursor, isAfter, isBefore, limitOf, pageFrom } from './cursor.ts'
import { escapeLike } from './requests.ts'
import type { Database } from './schema.ts'
import type { WorkspaceScope } from './scope.ts'

/** An answer as it is kept: its facts, its text, and whom it must not be given to. */
export type KeptAnswer = CacheEntry &
  Usage & {
    workspaceId: string
    /** A chat completion as JSON text. */
    response: string
    promptNormalized: string | null
    nearKey: string | null
    signature: Uint8Array | null
    /** Voters who rejected it. */
    rejectedBy: string[]
  }

/** What the list of kept answers can be asked for. */
export type CacheQuery = Partial<ContractInput<typeof listCacheContract>['query']>

/** The answer that is kept under a key and may be given; null when there is none. One statement, by the primary key. */
export const findCachedAnswer = async (
  { db, workspaceId }: WorkspaceScope,
  { key, now }: { key: string; now: string },
): Promise<KeptAnswer | null> => {
  const row = await db
    .selectFrom('responseCache')
    .selectAll()
    .select(rejectedBy)
    .where('cacheKey', '=', key)
    .where('workspaceId', '=', workspaceId)
    .where('invalidated', '=', false)
    .where('expiresAt', '>', now)
    .executeTakeFirst()
  return row ? toKeptAnswer(row) : null
}

/** Answers to nearly the same request, the youngest first; the caller compares their signatures. */
export const findNearAnswers = async (
  { db, workspaceId }: WorkspaceScope,
  { nearKey, now, limit = 20 }: { nearKey: string; now: string; limit?: number },
): Promise<KeptAnswer[]> => {
  const rows = await db
    .selectFrom('responseCache')
    .selectAll()
    .select(rejectedBy)
    .where('workspaceId', '=', workspaceId)
    .where('nearKey', '=', nearKey)
    .where('invalidated', '=', false)
    .where('expiresAt', '>', now)
    .orderBy('createdAt', 'desc')
    .limit(limit)
    .execute()
  return rows.map(toKeptAnswer)
}

/** The kept answers of the workspace in the order asked for. */
export const listCacheEntries = async (
  { db, workspaceId }: WorkspaceScope,
  query: CacheQuery,
): Promise<Page<CacheEntry>> => {
  const { sort = 'saved', order = 'desc', state, model, text } = query
  const limit = limitOf(query)
  const after = decodeCursor(query.cursor, SortPosition)
  const value = sortValues[sort]
  let select = db
    .selectFrom('responseCache')
    .select([...entryColumns, value.as('position')])
    .where('workspaceId', '=', workspaceId)
  if (state !== undefined) select = select.where(states[state])
  if (model !== undefined) {
    select = select.where(sql<boolean>`(model = ${model} or provider || '/' || model = ${model})`)
  }
  if (text !== undefined) select = select.where('promptPreview', 'ilike', `%${escapeLike(text)}%`)
  if (after !== undefined) {
    const columns = ['position', 'cacheKey']
    const rows = select.as('rows')
    const beyond = order === 'desc' ? isBefore(columns, after) : isAfter(columns, after)
    const page = await db
      .selectFrom(rows)
      .selectAll()
      .where(beyond)
      .orderBy('position', order)
      .orderBy('cacheKey', order)
      .limit(limit + 1)
      .execute()
    return pageFrom(page, { limit, item: toEntry, position: ({ position, cacheKey }) => [position, cacheKey] })
  }
  const rows = await select
    .orderBy('position', order)
    .orderBy('cacheKey', order)
    .limit(limit + 1)
    .execute()
  return pageFrom(rows, { limit, item: toEntry, position: ({ position, cacheKey }) => [position, cacheKey] })
}

/** One kept answer with its text, in whatever state; null when the workspace has none under this key. */
export const findCacheEntry = async (
  { db, workspaceId }: WorkspaceScope,
  key: string,
): Promise<CacheEntryWithAnswer | null> => {
  const row = await db
    .selectFrom('responseCache')
    .select([...entryColumns, 'promptNormalized', 'response'])
    .where('workspaceId', '=', workspaceId)
    .where('cacheKey', '=', key)
    .executeTakeFirst()
  if (!row) return null
  const { promptNormalized, response } = row
  return { ...toEntry(row), promptNormalized, answer: z.looseObject({}).parse(JSON.parse(response)) }
}

/** Pins an answer, or lets it live until another time; null when the workspace has none under this key. */
export const updateCacheEntry = async (
  { db, workspaceId }: WorkspaceScope,
  { key, pinned, expiresAt }: { key: string; pinned?: boolean | undefined; expiresAt?: string | undefined },
): Promise<CacheEntry | null> => {
  const row = await db
    .updateTable('responseCache')
    .set({ ...(pinned === undefined ? {} : { pinned }), ...(expiresAt === undefined ? {} : { expiresAt }) })
    .where('workspaceId', '=', workspaceId)
    .where('cacheKey', '=', key)
    .returning(entryColumns)
    .executeTakeFirst()
  return row ? toEntry(row) : null
}

/** Removes an answer with everything known of it; null when the workspace has none under this key. */
export const removeCacheEntry = async (
  { db, workspaceId }: WorkspaceScope,
  key: string,
): Promise<CacheEntry | null> => {
  const row = await db
    .deleteFrom('responseCache')
    .where('workspaceId', '=', workspaceId)
    .where('cacheKey', '=', key)
    .returning(entryColumns)
    .executeTakeFirst()
  return row ? toEntry(row) : null
}

/** What is to be invalidated: answers that fit all that is named. */
export type InvalidationFilter = {
  model?: string | undefined
  tag?: string | undefined
  olderThan?: string | undefined
  keys?: readonly string[] | undefined
}

/** Stops giving answers; tells the keys of those that could be given until now. */
export const invalidateCache = async (
  { db, workspaceId }: WorkspaceScope,
  filter: InvalidationFilter,
  { reason, now }: { reason: InvalidationReason; now: string },
): Promise<string[]> => {
  const { model, tag, olderThan, keys } = filter
  let update = db
    .updateTable('responseCache')
    .set({ invalidated: true, invalidationReason: reason, invalidatedAt: now })
    .where('workspaceId', '=', workspaceId)
    .where('invalidated', '=', false)
  if (model !== undefined) {
    update = update.where(sql<boolean>`(model = ${model} or provider || '/' || model = ${model})`)
  }
  if (tag !== undefined) update = update.where(hasTag(tag))
  if (olderThan !== undefined) update = update.where('createdAt', '<', olderThan)
  if (keys !== undefined) update = update.where('cacheKey', 'in', [...keys])
  const rows = await update.returning('cacheKey').execute()
  return rows.map(({ cacheKey }) => cacheKey)
}

/** What the cache of a workspace holds: answers that can be given, their bytes, and the others by reason. */
export const countCache = async (
  { db, workspaceId }: WorkspaceScope,
  now: string,
): Promise<{ entries: number; sizeBytes: number; invalidated: Record<string, number> }> => {
  const reason = sql<string | null>`case when invalidated then invalidation_reason
    when expires_at <= ${now} then 'expired' end`
  const rows = await db
    .selectFrom('responseCache')
    .select(({ fn }) => [
      reason.as('reason'),
      fn.countAll<number>().as('entries'),
      sql<number>`coalesce(sum(size_bytes), 0)::bigint`.as('sizeBytes'),
    ])
    .where('workspaceId', '=', workspaceId)
    .groupBy('reason')
    .execute()
  const valid = rows.find((row) => row.reason === null)
  return {
    entries: valid?.entries ?? 0,
    sizeBytes: rows.reduce((sum, row) => sum + row.sizeBytes, 0),
    invalidated: Object.fromEntries(rows.flatMap((row) => (row.reason === null ? [] : [[row.reason, row.entries]]))),
  }
}

const saved = sql<number>`(hit_count * coalesce(cost_nano_usd, 0))::bigint`

const sortValues: Record<(typeof cacheSorts)[number], RawBuilder<number>> = {
  saved,
  hits: sql<number>`hit_count::bigint`,
  quality: sql<number>`quality_score`,
  recent: sql<number>`(extract(epoch from last_accessed_at) * 1000)::bigint`,
}

const states: Record<NonNullable<CacheQuery['state']>, RawBuilder<boolean>> = {
  valid: sql<boolean>`(not invalidated and expires_at > now())`,
  invalidated: sql<boolean>`(invalidated or expires_at <= now())`,
  pinned: sql<boolean>`pinned`,
  flagged: sql<boolean>`(pinned and downvotes > upvotes)`,
}

const hasTag = (tag: string): RawBuilder<boolean> => {
  const split = tag.indexOf('=')
  if (split < 0) return sql<boolean>`jsonb_exists(tags, ${tag})`
  return sql<boolean>`tags ->> ${tag.slice(0, split)}::text = ${tag.slice(split + 1)}`
}

const SortPosition = z.tuple([z.number(), z.string().max(64)])

const rejectedBy = sql<string[]>`array(select voter from response_feedback
  where response_feedback.cache_key = response_cache.cache_key and vote = 'down')`.as('rejectedBy')

const entryColumns = [
  'cacheKey',
  'requestId',
  'promptPreview',
  'promptHash',
  'provider',
  'model',
  'complexity',
  'finishReason',
  'maxTokens',
  'inputTokens',
  'outputTokens',
  'costNanoUsd',
  'latencyMs',
  'sizeBytes',
  'tags',
  'createdAt',
  'lastAccessedAt',
  'expiresAt',
  'hitCount',
  'upvotes',
  'downvotes',
  'qualityScore',
  'pinned',
  'invalidated',
  'invalidationReason',
] as const

type Row = Selectable<Database['responseCache']>

const toEntry = (row: Pick<Row, (typeof entryColumns)[number]>): CacheEntry => ({
  key: row.cacheKey,
  requestId: row.requestId,
  promptPreview: row.promptPreview,
  promptHash: row.promptHash,
  provider: row.provider,
  model: row.model,
  complexity: row.complexity,
  finishReason: row.finishReason,
  maxTokens: row.maxTokens,
  inputTokens: row.inputTokens,
  outputTokens: row.outputTokens,
  costNanoUsd: row.costNanoUsd,
  savedNanoUsd: row.hitCount * (row.costNanoUsd ?? 0),
  latencyMs: row.latencyMs,
  sizeBytes: row.sizeBytes,
  tags: row.tags,
  createdAt: row.createdAt,
  lastAccessedAt: row.lastAccessedAt,
  expiresAt: row.expiresAt,
  hitCount: row.hitCount,
  upvotes: row.upvotes,
  downvotes: row.downvotes,
  qualityScore: row.qualityScore,
  pinned: row.pinned,
  flagged: row.pinned && isRejected(row),
  invalidated: row.invalidated,
  invalidationReason: row.invalidationReason,
})

const toKeptAnswer = (row: Row & { rejectedBy: string[] }): KeptAnswer => ({
  ...toEntry(row),
  workspaceId: row.workspaceId,
  response: row.response,
  promptNormalized: row.promptNormalized,
  nearKey: row.nearKey,
  signature: row.signature,
  rejectedBy: row.rejectedBy,
  cacheReadInputTokens: row.cacheReadInputTokens,
  cacheWriteInputTokens: row.cacheWriteInputTokens,
  reasoningOutputTokens: row.reasoningOutputTokens,
})
