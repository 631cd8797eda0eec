import { hash } from 'node:crypto'
import {
  isNear,
  measuredOf,
  MINUTE_MS,
  nearnessOf,
  REMEASURED_SHARE,
  saysTheSame,
  timestamp,
  type CachePlace,
  type ChatRequest,
  type Log,
  type Measured,
  type Nearness,
} from '@assay/core'
import { findNearAnswers, invalidateCache, readNearDuplicates, recordNearDuplicate, type Store } from '@assay/store'
import type { CacheTurn } from '../gateway/parts.ts'
import { textOfResponse } from './flight.ts'
import { hotAnswerOf, type HotAnswer } from './hot-answers.ts'

/** For how long what was measured may be old. */
const KEPT_MS = MINUTE_MS
const MOST_WORKSPACES = 10_000

/** An answer that nearly fits. */
export type NearAnswer = { answer: HotAnswer; isServed: boolean }

/**
 * The layer over requests that are nearly alike: off, or it notes what it would have given and compares that with the
 * fresh answer, or it gives it, as long as hardly any of what was compared was wrong.
 */
export const createNearDuplicates = (parts: {
  store: Pick<Store, 'inSystem' | 'inWorkspace'>
  now: () => number
  random: () => number
  log: Log
}) => {
  const { store, now, random, log } = parts
  const known = new Map<string, { measured: Measured; readAt: number }>()
  const writing = new Set<Promise<unknown>>()

  const read = async (workspaceId: string): Promise<Measured> => {
    const { mode, ...counts } = await store.inWorkspace(workspaceId, readNearDuplicates)
    const measured = measuredOf(mode, counts)
    if (known.size >= MOST_WORKSPACES) known.delete(known.keys().next().value!)
    known.set(workspaceId, { measured, readAt: now() })
    return measured
  }

  /** What was known last, and a look for what has come since. */
  const recent = (workspaceId: string): Measured | null => {
    const found = known.get(workspaceId)
    if (!found || now() - found.readAt >= KEPT_MS) {
      if (found) found.readAt = now()
      track(read(workspaceId))
    }
    return found?.measured ?? null
  }

  /** Done beside the request; what goes wrong is said and forgotten. */
  const track = (work: Promise<unknown>): void => {
    const finish = async (): Promise<void> => {
      try {
        await work
      } catch (error) {
        log.warn({ reason: String(error) }, 'near-duplicates were not noted')
      }
      writing.delete(done)
    }
    const done = finish()
    writing.add(done)
  }

  const note = (
    workspaceId: string,
    found: { requestId: string; cacheKey: string; isServed: boolean; isSame: boolean | null },
  ): void =>
    track(store.inWorkspace(workspaceId, (scope) => recordNearDuplicate(scope, { ...found, at: timestamp(now()) })))

  return {
    read,
    /** What a request is compared by; null where nothing is compared. */
    of: (place: CachePlace, { request }: { request: ChatRequest }): Nearness | null => {
      const measured = recent(place.workspaceId)
      if (!measured || measured.nearDuplicates === 'off') return null
      return nearnessOf(place, request, (text) => hash('sha256', text))
    },
    /** The answer to the request that is most like this one, if one is like enough. */
    find: async ({ nearKey, signature }: Nearness, workspaceId: string): Promise<NearAnswer | null> => {
      const moment = timestamp(now())
      const candidates = await store
        .inWorkspace(workspaceId, (scope) => findNearAnswers(scope, { nearKey, now: moment }))
        .catch(() => [])
      const near = candidates.find(
        (candidate) => candidate.signature !== null && isNear(signature, wordsOf(candidate.signature)),
      )
      if (!near) return null
      const isServed = (known.get(workspaceId)?.measured.isServing ?? false) && random() >= REMEASURED_SHARE
      return { answer: hotAnswerOf(near, now()), isServed }
    },
    /** Gives the answer, and notes that it was given. */
    hit: ({ answer }: NearAnswer, turn: CacheTurn): CacheTurn => {
      if (turn.kind !== 'hit') return turn
      return {
        kind: 'hit',
        serve: async (job, goAlone) => {
          const found = { requestId: job.record.id, cacheKey: answer.key, isServed: true, isSame: null }
          note(job.record.workspaceId, found)
          await turn.serve(job, goAlone)
        },
      }
    },
    /** The fresh answer has come: does the kept one say the same? */
    compare: (
      nearby: { nearness: Nearness; found: NearAnswer | null } | null,
      requestId: string,
      text: string,
      workspaceId: string,
    ): void => {
      if (!nearby?.found) return
      const { answer } = nearby.found
      const isSame = saysTheSame(textOfResponse(answer.response), text)
      note(workspaceId, { requestId, cacheKey: answer.key, isServed: false, isSame })
    },
    /** Withdraws an answer that a guard objects to. */
    withdraw: async (workspaceId: string, key: string): Promise<void> => {
      await store.inWorkspace(workspaceId, (scope) =>
        invalidateCache(scope, { keys: [key] }, { reason: 'guard', now: timestamp(now()) }),
      )
    },
    flush: async (): Promise<void> => void (await Promise.all(writing)),
  }
}

/** A signature as it was stored: its words, byte by byte. */
const wordsOf = (bytes: Uint8Array): Uint32Array => new Uint32Array(Uint8Array.from(bytes).buffer)
