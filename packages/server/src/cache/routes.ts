import {
  AssayError,
  getCacheEntry,
  getCacheSettings,
  getCacheSummary,
  invalidateCache,
  listCache,
  listFeedback,
  removeCacheEntry,
  SECOND_MS,
  timestamp,
  updateCacheEntry,
  updateCacheSettings,
} from '@assay/core'
import * as stored from '@assay/store'
import { actorOf } from '../http/caller.ts'
import { implement, type Exchange } from '../http/implement.ts'
import { summarise } from './summary.ts'

export const onListCache = implement(listCache, async ({ app, inWorkspace }, { query }) => {
  await app.cache.flush()
  return inWorkspace((scope) => stored.listCacheEntries(scope, query))
})

export const onGetCacheEntry = implement(getCacheEntry, async ({ app, inWorkspace }, { params: { key } }) => {
  await app.cache.flush()
  return found(key, await inWorkspace((scope) => stored.findCacheEntry(scope, key)))
})

export const onUpdateCacheEntry = implement(updateCacheEntry, async (exchange, { params: { key }, body }) => {
  const { app } = exchange
  await app.cache.flush()
  const { pinned, ttlSeconds } = body
  const expiresAt = ttlSeconds === undefined ? undefined : timestamp(app.now() + ttlSeconds * SECOND_MS)
  const updated = await exchange.inWorkspace(async (scope) => {
    const entry = found(key, await stored.updateCacheEntry(scope, { key, pinned, expiresAt }))
    await audit(exchange, scope, { action: 'cache.update', target: key, after: body })
    return entry
  })
  app.cache.forget([key])
  return updated
})

export const onRemoveCacheEntry = implement(removeCacheEntry, async (exchange, { params: { key } }) => {
  const { app } = exchange
  await app.cache.flush()
  const removed = await exchange.inWorkspace(async (scope) => {
    const entry = found(key, await stored.removeCacheEntry(scope, key))
    await audit(exchange, scope, { action: 'cache.remove', target: key, before: { model: entry.model } })
    return entry
  })
  app.cache.forget([key])
  return removed
})

export const onInvalidateCache = implement(invalidateCache, async (exchange, { body: { all: _all, ...filter } }) => {
  const { app } = exchange
  await app.cache.flush()
  const keys = await exchange.inWorkspace(async (scope) => {
    const found = await stored.invalidateCache(scope, filter, { reason: 'manual', now: app.nowIso() })
    await audit(exchange, scope, {
      action: 'cache.invalidate',
      target: 'cache',
      after: { filter, count: found.length },
    })
    return found
  })
  app.cache.forget(keys)
  return { count: keys.length }
})

export const onGetCacheSummary = implement(getCacheSummary, async (exchange, { query: { hours } }) => {
  const { app, member, inWorkspace } = exchange
  await app.cache.flush()
  const nearDuplicates = await app.cache.nearDuplicates.read(member().workspaceId)
  return inWorkspace(async (scope) => ({
    ...(await summarise(scope, { now: app.now(), hours })),
    nearDuplicates,
  }))
})

export const onGetCacheSettings = implement(getCacheSettings, async ({ app, member }) => {
  await app.cache.nearDuplicates.flush()
  return app.cache.nearDuplicates.read(member().workspaceId)
})

export const onUpdateCacheSettings = implement(updateCacheSettings, async (exchange, { body: { nearDuplicates } }) => {
  const { app, member } = exchange
  await exchange.inWorkspace(async (scope) => {
    await stored.setNearDuplicates(scope, { mode: nearDuplicates, now: app.nowIso() })
    await audit(exchange, scope, { action: 'cache.settings', target: 'near_duplicates', after: { nearDuplicates } })
  })
  return app.cache.nearDuplicates.read(member().workspaceId)
})

export const onListFeedback = implement(listFeedback, ({ inWorkspace }, { query }) =>
  inWorkspace((scope) => stored.listFeedback(scope, query)),
)

const found = <Entry>(key: string, entry: Entry | null): Entry => {
  if (entry === null) throw new AssayError('resource.not_found', { what: 'kept answer', id: key })
  return entry
}

const audit = (
  { app, caller, requestId }: Exchange,
  scope: stored.WorkspaceScope,
  entry: { action: string; target: string; before?: unknown; after?: unknown },
): Promise<void> => stored.appendAudit(scope, { at: app.nowIso(), actor: actorOf(caller), requestId, ...entry })
