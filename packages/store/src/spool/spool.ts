import { isAssayError, type Log } from '@assay/core'
import { createMutex } from '../engine/mutex.ts'
import { createGroupCommit } from './group-commit.ts'
import { readLeft } from './left-open.ts'
import { encodeRecord, type SpoolRecord } from './line.ts'
import { createOpenings } from './openings.ts'
import { createPutAside } from './put-aside.ts'
import { listSegments, makeDirectory, readSegment } from './segment-files.ts'
import { createSegmentWriter, removeSegment, type EndedSegment } from './segment-writer.ts'

export type SpoolOptions = {
  dir: string
  /** Above this size bodies are left out. */
  maxBytes: number
  log: Log
  /** `relaxed` does not wait for the disk. */
  durability?: 'durable' | 'relaxed'
  now?: () => number
  segmentBytes?: number
  reserveBytes?: number
}

/** Where records wait for the database: files that are only ever added to. */
export type Spool = {
  /**
   * Resolves when the record is on the disk; records of one moment share the wait. The beginning of a request is
   * written a little later, as the record then is, and not at all when its end comes before: so short a request was
   * never told to anybody.
   */
  append(record: SpoolRecord): Promise<void>
  /** How much waits, in bytes. */
  sizeBytes(): number
  /** How many records wait in the segment that is being written; what waits in others waits too long already. */
  fresh(): number
  /** When the oldest record that waits was added, in Unix milliseconds; null when none waits. */
  oldestMs(): number | null
  /** The disk had no room a moment ago. */
  isFull(): boolean
  /** How many lines and rows were put aside because they could not be read or stored. */
  badCount(): number
  /** How many bodies were left out because of the size limit. */
  droppedBodies(): number
  /** The oldest segment that has something for the database; null when nothing waits. Ends the one being written. */
  next(): Promise<WaitingSegment | null>
  close(): Promise<void>
}

/** A segment that is no longer written to. */
export type WaitingSegment = {
  number: number
  read(): Promise<SpoolRecord[]>
  /** Puts aside what the database will never take. */
  reject(record: SpoolRecord, reason: string): Promise<void>
  /** Removes it; requests still open in it are written again first. */
  drop(): Promise<void>
}

/** A line to be written: a new record, or the id of an open request that is written once more. */
type Entry = { line: Buffer; record: SpoolRecord } | { line: Buffer; carriedId: string }
type Sealed = EndedSegment & {
  sinceMs: number
  /** What it holds for the database, where that is still in memory; null: the file says. */
  records: readonly SpoolRecord[] | null
}

const SEGMENT_BYTES = 8 * 1_048_576
const RESERVE_BYTES = 16 * 1_048_576
/** So many records of the newest segment are kept for the database, which mostly takes them within a second. */
const MOST_KEPT = 2_000
/** So long a disk without room is taken to be full, until another record asks. */
const FULL_MS = 1_000

/** Opens the spool and looks through what an earlier process left: a request that was open then is `incomplete`. */
export const openSpool = async (options: SpoolOptions): Promise<Spool> => {
  const { dir, maxBytes, log, durability = 'durable', now = Date.now } = options
  const { segmentBytes = SEGMENT_BYTES, reserveBytes = RESERVE_BYTES } = options
  await makeDirectory(dir)

  const sealed: Sealed[] = []
  const openRequests = new Map<string, { line: Buffer; segment: number }>()
  let activeSince: number | null = null
  let activeDrainable = 0
  let activeRecords: SpoolRecord[] | null = []
  let totalBytes = 0
  /** Ends of requests that an earlier process left open, for which the disk has had no room yet. */
  let owed: SpoolRecord[] = []
  const turns = createMutex()
  const bad = createPutAside({ dir, log })
  let fullAt = -FULL_MS
  let droppedBodies = 0

  const writer = await createSegmentWriter({
    dir,
    lastNumber: (await listSegments(dir)).at(-1) ?? 0,
    segmentBytes,
    reserveBytes,
    isDurable: durability === 'durable',
    log,
    onWritten: (bytes) => void (totalBytes += bytes),
    onEnded: (segment) => {
      // While the database is away, one segment in memory is enough.
      const records = sealed.length === 0 ? activeRecords : null
      sealed.push({ ...segment, sinceMs: activeSince ?? now(), records })
      activeSince = null
      activeDrainable = 0
      activeRecords = []
    },
  })

  const keep = (record: SpoolRecord): void => {
    activeDrainable++
    if (activeRecords && activeRecords.length >= MOST_KEPT) activeRecords = null
    activeRecords?.push(record)
  }

  const settle = (entry: Entry): void => {
    activeSince ??= now()
    if ('carriedId' in entry) {
      const carried = openRequests.get(entry.carriedId)
      if (carried) carried.segment = writer.number()
      return
    }
    const { line, record } = entry
    if (record.kind === 'open') openRequests.set(record.request.id, { line, segment: writer.number() })
    else keep(record)
    if (record.kind === 'close') openRequests.delete(record.request.id)
  }

  /** A request that has ended, or ends in this very batch, is not carried on: it would look open for ever. */
  const needed = (entries: Entry[]): Entry[] => {
    if (!entries.some((entry) => 'carriedId' in entry)) return entries
    const ending = new Set(
      entries.map((entry) => ('record' in entry && entry.record.kind === 'close' ? entry.record.request.id : null)),
    )
    return entries.filter(
      (entry) => !('carriedId' in entry) || (openRequests.has(entry.carriedId) && !ending.has(entry.carriedId)),
    )
  }

  const commits = createGroupCommit<Entry>({
    turns,
    needed,
    write: (bytes) => writer.write(bytes),
    onWritten: settle,
    onFailed: (entry, error) => {
      if (isAssayError(error, 'store.disk_full')) fullAt = performance.now()
      // Whoever ends a request is told; carried on, it would only keep room that is needed.
      if ('record' in entry && entry.record.kind === 'close') openRequests.delete(entry.record.request.id)
    },
  })
  const openings = createOpenings((record) => commits.add(encodeRecord(record)))

  const append = (given: SpoolRecord): Promise<void> => {
    if (given.kind === 'body' && totalBytes > maxBytes) {
      droppedBodies++
      return Promise.resolve()
    }
    if (given.kind === 'open') return openings.begin(given)
    if (given.kind === 'close') openings.end(given.request.id)
    const record = totalBytes > maxBytes ? withoutBodies(given) : given
    if (record.kind === 'failure' && given.kind === 'failure' && given.report.request && !record.report.request) {
      droppedBodies++
    }
    return commits.add(encodeRecord(record))
  }

  /** Writes what is owed; what finds no room stays owed. */
  const payOwed = async (): Promise<void> => {
    const records = owed
    owed = []
    const results = await Promise.allSettled(records.map(append))
    owed.push(...records.filter((_, index) => results[index]!.status === 'rejected'))
    const failed = results.find((result) => result.status === 'rejected')
    if (failed) throw failed.reason
  }

  /** Writes again what stands in no later segment. */
  const carryOver = async (number: number): Promise<void> => {
    await payOwed()
    const stillOpen = [...openRequests].filter(([, { segment }]) => segment <= number)
    await Promise.all(stillOpen.map(([carriedId, { line }]) => commits.add({ line, carriedId })))
  }

  const remove = async (number: number): Promise<void> => {
    await removeSegment(dir, number)
    const index = sealed.findIndex((segment) => segment.number === number)
    for (const { sizeBytes } of index < 0 ? [] : sealed.splice(index, 1)) totalBytes -= sizeBytes
  }

  const drop = async (number: number): Promise<void> => {
    try {
      await carryOver(number)
      await remove(number)
    } catch (error) {
      if (!isAssayError(error, 'store.disk_full')) throw error
      await remove(number) // nothing else makes room; for a moment the lines are in memory alone
      await carryOver(number).catch((reason: unknown) =>
        log.warn({ dir, reason: String(reason) }, 'requests that are still open have no place in the spool'),
      )
    }
    writer.keepRoom()
  }

  const next = async (): Promise<WaitingSegment | null> => {
    if (owed.length > 0) await payOwed().catch(() => {}) // asked again next time
    if (sealed.length === 0) {
      if (activeDrainable === 0) return null
      const endTurn = await turns.take()
      await writer.seal().finally(endTurn)
    }
    const { number, records: kept } = sealed[0]!
    return {
      number,
      read: async () => {
        if (kept) return [...kept]
        const { records, badLines } = await readSegment(dir, number)
        if (badLines.length > 0) await bad.put(number, badLines)
        return records
      },
      reject: (record, reason) => bad.put(number, [JSON.stringify({ reason, record: { ...record, json: undefined } })]),
      drop: () => drop(number),
    }
  }

  const left = await readLeft(dir)
  for (const segment of left.segments) {
    sealed.push({ ...segment, records: null })
    totalBytes += segment.sizeBytes
  }
  owed = left.owed
  await payOwed().catch((error: unknown) => {
    if (!isAssayError(error, 'store.disk_full')) throw error
    log.warn({ dir, requests: owed.length }, 'the disk is full; requests that were left open are written down later')
  })
  writer.keepRoom()

  return {
    append,
    sizeBytes: () => totalBytes,
    fresh: () => (sealed.length > 0 ? Number.POSITIVE_INFINITY : activeDrainable),
    oldestMs: () => sealed[0]?.sinceMs ?? (activeDrainable > 0 ? activeSince : null),
    isFull: () => performance.now() - fullAt < FULL_MS,
    badCount: bad.count,
    droppedBodies: () => droppedBodies,
    next,
    close: async () => {
      if (owed.length > 0) await payOwed().catch(() => {})
      openings.write()
      await commits.settled()
      await writer.close()
    },
  }
}

const withoutBodies = (record: SpoolRecord): SpoolRecord => {
  if (record.kind !== 'failure') return record
  const { request: _request, output: _output, ...report } = record.report
  return { ...record, report }
}
