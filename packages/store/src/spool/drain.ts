import { setTimeout as delay } from 'node:timers/promises'
import { type CapturedFailure, isAssayError, type Log, type RequestRecord } from '@assay/core'
import { sql } from 'kysely'
import type { BodyRecord } from '../bodies.ts'
import type { Store } from '../open-store.ts'
import { insertBodies } from '../system/bodies.ts'
import { type SettledRequest, settleHolds } from '../system/budgets.ts'
import { insertRequests } from '../system/drain.ts'
import type { SpoolRecord } from './line.ts'
import type { Spool, WaitingSegment } from './spool.ts'

export type DrainOptions = {
  spool: Spool
  store: Pick<Store, 'inSystem'>
  onFailure: (workspaceId: string, report: CapturedFailure) => Promise<void>
  /** Told of the requests that were really written. */
  onClosed?: (records: RequestRecord[]) => void
  now?: () => number
  log: Log
  everyMs?: number
}

/** The way of the records from the spool into the database. */
export type Drain = {
  /** Resolves when nothing waits any more, or fails with what is in the way. */
  flush(): Promise<void>
  /** Carries over what waits and ends; what the database does not take now is found by the next start. */
  close(): Promise<void>
}

const EVERY_MS = 500
/** While so many come in that time, it is left to more of them: a transaction costs the same for ten as for a thousand. */
const BUSY_RECORDS = 100
const ENOUGH_RECORDS = 1_000
/** No record waits longer for others. */
const LONGEST_WAIT_MS = 2_000
const LONGEST_PAUSE_MS = 5_000
const ROWS_PER_TRANSACTION = 1_000

/**
 * Carries segments into the database, the oldest first, in transactions of at most 1,000 rows, and removes each when
 * all of it is there. While the database is away, it asks again at growing intervals.
 */
export const startDrain = (options: DrainOptions): Drain => {
  const { spool, log, everyMs = EVERY_MS, now = Date.now } = options
  const stopping = new AbortController()
  /** How far the oldest segment has come, so that a retry does not report its failures again. */
  const progress = { segment: -1, done: 0 }
  let turn: Promise<unknown> = Promise.resolve()

  const drainOne = async (): Promise<boolean> => {
    const segment = await spool.next()
    if (segment === null) return false
    if (progress.segment !== segment.number) Object.assign(progress, { segment: segment.number, done: 0 })
    await carry(segment, progress, options)
    await segment.drop()
    return true
  }

  /** One at a time, whether the timer or a flush asks. */
  const drainAll = (): Promise<void> => {
    const earlier = turn
    const run = (async () => {
      await earlier
      while (!stopping.signal.aborted && (await drainOne())) continue
    })()
    turn = run.catch(() => {})
    return run
  }

  const isWorthWaiting = (): boolean => {
    const fresh = spool.fresh()
    const ageMs = now() - (spool.oldestMs() ?? now())
    return fresh >= BUSY_RECORDS && fresh < ENOUGH_RECORDS && ageMs < LONGEST_WAIT_MS
  }

  const loop = async (): Promise<void> => {
    let pauseMs = everyMs
    while (!stopping.signal.aborted) {
      try {
        if (!isWorthWaiting()) await drainAll()
        pauseMs = everyMs
      } catch (error) {
        pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)
        log.warn({ reason: String(error), pauseMs }, 'the spool waits for the database')
      }
      await delay(pauseMs, undefined, { signal: stopping.signal, ref: false }).catch(() => {})
    }
  }
  const running = loop()

  return {
    flush: drainAll,
    close: async () => {
      await drainAll().catch((error: unknown) => log.warn({ reason: String(error) }, 'records stay in the spool'))
      stopping.abort()
      await running
      await turn
    },
  }
}

const carry = async (segment: WaitingSegment, progress: { done: number }, options: DrainOptions): Promise<void> => {
  const records = (await segment.read()).filter(({ kind }) => kind !== 'open')
  while (progress.done < records.length) {
    const batch = records.slice(progress.done, progress.done + ROWS_PER_TRANSACTION)
    await carryClosed(segment, batch.filter(isClose), options)
    await carryBodies(
      segment,
      batch.flatMap((record) => (record.kind === 'body' ? [record.body] : [])),
      options,
    )
    for (const record of batch) {
      if (record.kind === 'failure') await carryFailure(segment, record, options)
    }
    progress.done += batch.length
  }
}

/** A batch that the database refuses is halved until the row is found that it refuses. */
const carryClosed = async (segment: WaitingSegment, closes: SpoolClose[], options: DrainOptions): Promise<void> => {
  if (closes.length === 0) return
  const write = async (): Promise<void> => {
    const requests = closes.map(({ request }) => request)
    const texts = new Map(closes.flatMap(({ request, json }) => (json === undefined ? [] : [[request.id, json]])))
    const written = await options.store.inSystem(async (system) => {
      const ids = await insertRequests(system, requests, texts)
      await settleHolds(system, heldAmong(closes, ids))
      return ids
    })
    options.onClosed?.(requests.filter(({ id }) => written.has(id)))
  }
  if (closes.length === 1) return carryAlone(segment, closes[0]!, write, options)
  try {
    await write()
  } catch (error) {
    if (isOutage(error)) throw error
    const middle = Math.ceil(closes.length / 2)
    await carryClosed(segment, closes.slice(0, middle), options)
    await carryClosed(segment, closes.slice(middle), options)
  }
}

const carryBodies = async (segment: WaitingSegment, bodies: BodyRecord[], options: DrainOptions): Promise<void> => {
  if (bodies.length === 0) return
  const write = (): Promise<void> => options.store.inSystem((system) => insertBodies(system, bodies))
  if (bodies.length === 1) return carryAlone(segment, { kind: 'body', body: bodies[0]! }, write, options)
  try {
    await write()
  } catch (error) {
    if (isOutage(error)) throw error
    for (const body of bodies) await carryBodies(segment, [body], options)
  }
}

const carryFailure = (
  segment: WaitingSegment,
  record: SpoolRecord & { kind: 'failure' },
  options: DrainOptions,
): Promise<void> => carryAlone(segment, record, () => options.onFailure(record.workspaceId, record.report), options)

/**
 * One record that fails twice, with a database between that answers, is put aside, whatever it fails with: it would
 * keep back the records of everybody else.
 */
const carryAlone = async (
  segment: WaitingSegment,
  record: SpoolRecord,
  write: () => Promise<void>,
  { store }: DrainOptions,
): Promise<void> => {
  try {
    return await write()
  } catch (error) {
    if (isOutage(error)) throw error
  }
  await store.inSystem(({ db }) => sql`select 1`.execute(db))
  try {
    await write()
  } catch (error) {
    if (isOutage(error)) throw error
    await segment.reject(record, String(error))
  }
}

type SpoolClose = SpoolRecord & { kind: 'close' }

const isClose = (record: SpoolRecord): record is SpoolClose => record.kind === 'close'

/** Those among the really written for which a budget kept something, each once. */
const heldAmong = (closes: readonly SpoolClose[], written: ReadonlySet<string>): SettledRequest[] => {
  const byId = new Map<string, SettledRequest>()
  for (const { request, holds } of closes) {
    if (holds && holds.length > 0 && written.has(request.id)) byId.set(request.id, { request, holds })
  }
  return [...byId.values()]
}

/**
 * What a database says of its own state and not of a row: no connection (08), read only (25), no entrance (28, 3D), a
 * conflict with others (40, 55), no room (53), stopped from outside (57), a disk that fails (58), broken inside (XX), or
 * a schema or grant that a migration has yet to bring.
 */
const OUTAGE = /^(?:08|25|28|3D|40|53|55|57|58|XX)...$|^(?:42501|42P01|42703)$/

const isOutage = (error: unknown): boolean => {
  if (isAssayError(error)) return error.code.startsWith('store.')
  return error instanceof Error && 'code' in error && OUTAGE.test(String(error.code))
}
