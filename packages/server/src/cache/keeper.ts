import { SECOND_MS, timestamp, type Log } from '@assay/core'
import { countHits, insertAnswers, trimCache, type NewAnswer, type Store } from '@assay/store'

/** How long answers wait to be written together, and hits to be counted together. */
const ANSWERS_WAIT_MS = 200
const HITS_WAIT_MS = SECOND_MS
/** So much may wait for the database; what is beyond is not kept, and counted. */
const MOST_WAITING_BYTES = 32 * 1024 * 1024
const MOST_WAITING_HITS = 100_000
const ANSWERS_PER_STATEMENT = 500
/** After so much has been written it is looked whether there is still room. */
const TRIM_EVERY_BYTES = 16 * 1024 * 1024
const RETRY_MS = 2 * SECOND_MS

/** Writes answers and hits behind the requests that brought them, many at once. */
export const createKeeper = (parts: {
  store: Pick<Store, 'inSystem'>
  now: () => number
  log: Log
  maxBytes: number
  onDropped: () => void
  /** Told which answers went to make room. */
  onTrimmed: (keys: readonly string[]) => void
}) => {
  const { store, now, log } = parts
  let answers: NewAnswer[] = []
  let waitingBytes = 0
  let hits = new Map<string, { hits: number; at: number }>()
  let writtenBytes = TRIM_EVERY_BYTES
  let turn: Promise<void> = Promise.resolve()
  let timer: NodeJS.Timeout | null = null
  let dueAt = Infinity

  const schedule = (delayMs: number): void => {
    const at = now() + delayMs
    if (timer && dueAt <= at) return
    if (timer) clearTimeout(timer)
    dueAt = at
    timer = setTimeout(() => void flush(), delayMs)
    timer.unref()
  }

  const writeAnswers = async (): Promise<void> => {
    while (answers.length > 0) {
      const batch = answers.slice(0, ANSWERS_PER_STATEMENT)
      await store.inSystem((system) => insertAnswers(system, batch))
      answers = answers.slice(batch.length)
      for (const { sizeBytes } of batch) {
        waitingBytes -= sizeBytes
        writtenBytes += sizeBytes
      }
    }
  }

  const writeHits = async (): Promise<void> => {
    if (hits.size === 0) return
    const counted = hits
    hits = new Map()
    try {
      const rows = [...counted].map(([key, hit]) => ({ key, hits: hit.hits, lastAccessedAt: timestamp(hit.at) }))
      for (let start = 0; start < rows.length; start += 1_000) {
        await store.inSystem((system) => countHits(system, rows.slice(start, start + 1_000)))
      }
    } catch (error) {
      for (const [key, hit] of counted) addHits(key, hit)
      throw error
    }
  }

  const trim = async (): Promise<void> => {
    if (writtenBytes < TRIM_EVERY_BYTES) return
    writtenBytes = 0
    parts.onTrimmed(await store.inSystem((system) => trimCache(system, { maxBytes: parts.maxBytes })))
  }

  const addHits = (key: string, { hits: count, at }: { hits: number; at: number }): void => {
    const known = hits.get(key)
    if (known) {
      known.hits += count
      known.at = Math.max(known.at, at)
    } else if (hits.size < MOST_WAITING_HITS) hits.set(key, { hits: count, at })
  }

  const writeAll = async (): Promise<void> => {
    if (timer) clearTimeout(timer)
    timer = null
    dueAt = Infinity
    try {
      await writeAnswers()
      await writeHits()
      await trim()
    } catch (error) {
      log.warn({ reason: String(error) }, 'kept answers wait for the database')
      schedule(RETRY_MS)
    }
  }

  const flush = (): Promise<void> => (turn = turn.then(writeAll))

  return {
    keep: (answer: NewAnswer): void => {
      if (waitingBytes + answer.sizeBytes > MOST_WAITING_BYTES) return parts.onDropped()
      answers.push(answer)
      waitingBytes += answer.sizeBytes
      schedule(ANSWERS_WAIT_MS)
    },
    hit: (key: string): void => {
      addHits(key, { hits: 1, at: now() })
      schedule(HITS_WAIT_MS)
    },
    /** Resolves when everything that waits now is in the database, or could not be written. */
    flush,
    close: async (): Promise<void> => {
      await flush()
      if (timer) clearTimeout(timer)
    },
  }
}
