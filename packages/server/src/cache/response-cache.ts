import { hash } from 'node:crypto'
import {
  AssayError,
  cacheKeyOf,
  cacheModeOf,
  cacheTtlOf,
  HOUR_MS,
  isKeepable,
  prices as shippedPrices,
  promptHashOf,
  promptNormalizedOf,
  SECOND_MS,
  timestamp,
  uncacheableBecause,
  outputLimitOf,
  type CacheOptions,
  type CachePlace,
  type Log,
  type PriceRow,
} from '@assay/core'
import { readCacheKeys, tidyCache, type NewAnswer, type Store } from '@assay/store'
import type { Cache, CacheTurn } from '../gateway/parts.ts'
import { textOfResponse, SharedFlight, type Landed } from './flight.ts'
import { FollowChat } from './follow.ts'
import { createHotAnswers, hotAnswerOf, type HotAnswer } from './hot-answers.ts'
import { createKeeper } from './keeper.ts'
import { createKnownKeys } from './known-keys.ts'
import { lookUpAnswer } from './look-up.ts'
import type { CacheMetrics } from './metrics.ts'
import { createNearDuplicates } from './near-duplicates.ts'
import { isLetThrough, serveHit } from './serve-hit.ts'
import { createSharing } from './sharing.ts'
import { keyVoter } from './voter.ts'

/** For so long an answer in memory is given without looking whether another process has withdrawn it. */
const TRUSTED_MS = 30 * SECOND_MS
const HOT_BYTES = 64 * 1024 * 1024

type Asked = Parameters<Cache['begin']>[0]
/** One request with everything that decides which answer fits it. */
type Question = { asked: Asked; key: string; place: CachePlace; mode: 'on' | 'refresh' | 'only'; voter: string }

export type ResponseCacheParts = {
  store: Pick<Store, 'engine' | 'inSystem' | 'inWorkspace'>
  now: () => number
  random?: () => number
  log: Log
  metrics: CacheMetrics
  prices?: readonly PriceRow[]
  /** What all kept answers may take together, in bytes of their texts. */
  maxBytes: number
}

/** Answers that were given before: in memory while they are hot, in the database when they are not. */
export const createResponseCache = (parts: ResponseCacheParts) => {
  const { store, now, log, metrics, maxBytes } = parts
  const isOnlyOwner = store.engine === 'embedded'
  const hot = createHotAnswers({ maxBytes: HOT_BYTES })
  const known = createKnownKeys(
    isOnlyOwner ? () => store.inSystem((system) => readCacheKeys(system, timestamp(now()))) : null,
  )
  const flights = new Map<string, SharedFlight>()
  const sharing = createSharing({ store, now })
  const near = createNearDuplicates({ store, now, log, random: parts.random ?? Math.random })
  /** Raised by every withdrawal, so that what was read before it is not held after it. */
  let withdrawals = 0

  const forget = (keys: readonly string[]): void => {
    withdrawals++
    for (const key of keys) hot.remove(key)
  }
  const keeper = createKeeper({
    store,
    now,
    log,
    maxBytes,
    onDropped: () => metrics.dropped(),
    onTrimmed: (keys) => {
      forget(keys)
      known.remove(keys)
    },
  })

  const isUsable = (answer: HotAnswer): boolean =>
    answer.expiresAtMs > now() && (isOnlyOwner || now() - answer.seenAtMs < TRUSTED_MS)

  const look = async (key: string, workspaceId: string): Promise<HotAnswer | null> => {
    const before = withdrawals
    const found = await lookUpAnswer(store, { key, workspaceId, now: timestamp(now()) })
    if (!found) return null
    const answer = hotAnswerOf(found, now())
    if (before === withdrawals) hot.set(answer)
    return answer
  }

  const begin = (asked: Asked): CacheTurn | Promise<CacheTurn> => {
    const { holder, request, options } = asked
    const mode = cacheModeOf(request, options, holder.cachePolicy)
    if (mode === 'off') return { kind: 'off' }
    if (uncacheableBecause(request) !== null) {
      if (mode === 'only') throw new AssayError('gateway.cache_miss', {})
      return { kind: 'bypass' }
    }
    const perUser = holder.cachePolicy?.perUser ?? sharing.isShared(holder.workspaceId)
    if (typeof perUser !== 'boolean') return perUser.then((isShared) => ask(asked, mode, isShared))
    return ask(asked, mode, perUser)
  }

  const ask = (asked: Asked, mode: Question['mode'], perUser: boolean): CacheTurn | Promise<CacheTurn> => {
    const { holder, request, place, userHash } = asked
    const cachePlace: CachePlace = {
      workspaceId: holder.workspaceId,
      provider: place.provider,
      baseUrl: place.baseUrl ?? '',
      credentialOwner: place.credentialId === null ? 'system' : 'own',
      credentialOptions: place.options,
      model: place.model,
      packageVersion: null,
      userHash: perUser ? userHash : null,
    }
    const key = cacheKeyOf(cachePlace, request, (text) => hash('sha256', text))
    const question = { asked, key, place: cachePlace, mode, voter: keyVoter(holder.keyId, userHash) }
    // A fresh answer is asked for, so nobody else's will do, and nobody waits for it.
    if (mode === 'refresh') return lead(question, null, 'bypass')
    const answer = hot.get(key)
    if (answer && isUsable(answer)) return answered(question, answer)
    if (answer) hot.remove(key)
    if (known.mayHold(key)) return look(key, holder.workspaceId).then((found) => answered(question, found))
    return answered(question, null)
  }

  const answered = (question: Question, answer: HotAnswer | null): CacheTurn | Promise<CacheTurn> => {
    if (!answer || isTooOld(answer, question.asked.options)) return missed(question)
    // Whoever has rejected an answer never gets it again; the fresh one is theirs alone.
    if (answer.rejectedBy.has(question.voter)) {
      if (question.mode === 'only') throw new AssayError('gateway.cache_miss', {})
      return { kind: 'bypass' }
    }
    return hit(question, answer)
  }

  const isTooOld = ({ createdAtMs }: HotAnswer, { ttlSeconds }: CacheOptions): boolean =>
    ttlSeconds !== null && now() - createdAtMs > ttlSeconds * SECOND_MS

  const hit = ({ key, mode, asked }: Question, answer: HotAnswer): CacheTurn => ({
    kind: 'hit',
    serve: async (job, goAlone) => {
      if (!(await isLetThrough(job, answer))) {
        await withdrawGuarded(asked.holder.workspaceId, key)
        if (mode === 'only') throw new AssayError('gateway.cache_miss', {})
        return goAlone()
      }
      keeper.hit(key)
      metrics.hit(answer.costNanoUsd)
      await serveHit(job, answer)
    },
  })

  const withdrawGuarded = async (workspaceId: string, key: string): Promise<void> => {
    hot.remove(key)
    await near.withdraw(workspaceId, key).catch((error: unknown) => log.warn({ error }, 'an answer was not withdrawn'))
  }

  const missed = (question: Question): CacheTurn | Promise<CacheTurn> => {
    if (question.mode === 'only') throw new AssayError('gateway.cache_miss', {})
    const underway = flights.get(question.key)
    if (underway) {
      metrics.followed()
      return { kind: 'follow', serve: (job, goAlone) => new FollowChat(job, underway, goAlone).run() }
    }
    const nearness = near.of(question.place, question.asked)
    if (!nearness) return lead(question, null, 'miss')
    return near.find(nearness, question.asked.holder.workspaceId).then((found) => {
      if (found?.isServed && !found.answer.rejectedBy.has(question.voter)) {
        return near.hit(found, hit({ ...question, key: found.answer.key }, found.answer))
      }
      // While this was looked for, another may have begun the very call.
      return flights.has(question.key) ? missed(question) : lead(question, { nearness, found }, 'miss')
    })
  }

  const lead = (
    question: Question,
    nearby: Parameters<typeof near.compare>[0],
    state: 'miss' | 'bypass',
  ): CacheTurn => {
    const { key } = question
    const flight = new SharedFlight((landed) => {
      if (flights.get(key) === flight) flights.delete(key)
      if (!landed) return
      near.compare(nearby, landed.record.id, textOfResponse(landed.answer.response), question.asked.holder.workspaceId)
      keep(question, landed, nearby?.nearness ?? null)
    })
    if (state === 'miss') flights.set(key, flight)
    return { kind: 'lead', flight, state }
  }

  const keep = (question: Question, landed: Landed, nearness: ReturnType<typeof near.of>): void => {
    const { record, answer, isGuarded } = landed
    const { asked, key, place } = question
    const { request, holder, options } = asked
    const sizeBytes = Buffer.byteLength(answer.response)
    if (!isKeepable({ finishReason: record.finishReason, isGuarded, sizeBytes })) return
    // What another candidate has answered is not the answer of the one that was planned.
    const last = record.attempts.at(-1)
    if (last?.providerName !== place.provider || last.model !== place.model) return
    const createdAt = now()
    const isFull = holder.retention === 'full'
    const native = (text: string): string => hash('sha256', text)
    const kept: NewAnswer = {
      key,
      workspaceId: holder.workspaceId,
      requestId: record.id,
      promptPreview: record.promptPreview,
      promptHash: promptHashOf(request, native),
      promptNormalized: isFull ? promptNormalizedOf(request) : null,
      response: answer.response,
      provider: place.provider,
      model: place.model,
      complexity: record.complexity,
      finishReason: answer.finishReason,
      maxTokens: outputLimitOf(request),
      inputTokens: record.inputTokens,
      outputTokens: record.outputTokens,
      cacheReadInputTokens: record.cacheReadInputTokens,
      cacheWriteInputTokens: record.cacheWriteInputTokens,
      reasoningOutputTokens: record.reasoningOutputTokens,
      costNanoUsd: record.costNanoUsd,
      latencyMs: record.latencyMs ?? 0,
      sizeBytes,
      tags: record.tags,
      nearKey: nearness?.nearKey ?? null,
      signature: nearness ? new Uint8Array(nearness.signature.buffer.slice(0)) : null,
      createdAt: timestamp(createdAt),
      lastAccessedAt: timestamp(createdAt),
      expiresAt: timestamp(createdAt + cacheTtlOf(options, holder.cachePolicy) * SECOND_MS),
    }
    keeper.keep(kept)
    known.add(key)
    hot.set({ ...hotAnswerOf({ ...kept, model: answer.model }, createdAt), forms: answer.forms })
    metrics.kept()
  }

  const tidy = async (): Promise<void> => {
    const today = timestamp(now()).slice(0, 10)
    const retired = (parts.prices ?? shippedPrices).filter(
      ({ retiredAt }) => retiredAt !== undefined && today >= retiredAt,
    )
    const { keys } = await store.inSystem((system) => tidyCache(system, { now: timestamp(now()), retired }))
    forget(keys)
    known.remove(keys)
    await keeper.flush()
  }
  const upkeep = setInterval(() => {
    tidy().catch((error: unknown) => log.warn({ reason: String(error) }, 'kept answers were not tidied'))
  }, HOUR_MS)
  upkeep.unref()
  metrics.observe({ entries: () => hot.size, bytes: () => hot.sizeBytes, flights: () => flights.size })

  return {
    begin,
    /** Lets a change of these answers be seen by the next request. */
    forget,
    /** Resolves when every answer given so far is in the database. */
    flush: keeper.flush,
    tidy,
    nearDuplicates: near,
    close: async (): Promise<void> => {
      clearInterval(upkeep)
      await near.flush()
      await keeper.close()
    },
  }
}

export type ResponseCache = ReturnType<typeof createResponseCache>
