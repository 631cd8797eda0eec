import { mkdirSync } from 'node:fs'
import { appendFile, readFile, rm, stat } from 'node:fs/promises'
import { AssayError, type Log } from '@assay/core'
import { createMutex } from '../engine/mutex.ts'
import { decodeSegment, encodeLine, type SegmentContent, type SpoolRecord } from './line.ts'
import { createSegment, keepReserve, listSegments, openReserve, type Segment, segmentPath } from './segment-files.ts'

export type SpoolOptions = {
  dir: string
  /** Above this size the bodies of failures are left out. */
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
  /** Resolves when the record is on the disk; records of one moment share the wait. */
  append(record: SpoolRecord): Promise<void>
  /** How much waits, in bytes. */
  sizeBytes(): number
  /** When the oldest record that waits was added, in Unix milliseconds; null when none waits. */
  oldestMs(): number | null
  /** How many lines and rows were put aside because they could not be read or stored. */
  badCount(): number
  /** How many failures lost their bodies to the size limit. */
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
type Waiting = { entry: Entry; resolve: () => void; reject: (error: unknown) => void }
type Sealed = { number: number; sizeBytes: number; sinceMs: number }

const SEGMENT_BYTES = 8 * 1_048_576
const RESERVE_BYTES = 16 * 1_048_576

/** Opens the spool and looks through what an earlier process left: a request that was open then is `incomplete`. */
export const openSpool = async (options: SpoolOptions): Promise<Spool> => {
  const { dir, maxBytes, log, durability = 'durable', now = Date.now } = options
  const { segmentBytes = SEGMENT_BYTES, reserveBytes = RESERVE_BYTES } = options
  mkdirSync(dir, { recursive: true, mode: 0o700 })

  const sealed: Sealed[] = []
  const openRequests = new Map<string, { line: Buffer; segment: number }>()
  let active: Segment | null = null
  let activeSince: number | null = null
  let activeDrainable = 0
  let lastNumber = 0
  let waiting: Waiting[] = []
  let flushing: Promise<void> | null = null
  let hasReserve = false
  const turns = createMutex()
  let reserving: Promise<void> = Promise.resolve()
  let badCount = 0
  let droppedBodies = 0

  const makeReserve = (): void => {
    const earlier = reserving
    reserving = (async () => {
      await earlier
      if (!hasReserve) hasReserve = await keepReserve(dir, reserveBytes)
    })()
  }

  const sizeBytes = (): number => sealed.reduce((sum, segment) => sum + segment.sizeBytes, active?.sizeBytes ?? 0)

  const seal = async (): Promise<void> => {
    if (!active) return
    const { handle, number, sizeBytes } = active
    const sinceMs = activeSince ?? now()
    active = null
    activeSince = null
    activeDrainable = 0
    sealed.push({ number, sizeBytes, sinceMs })
    if (durability === 'relaxed') await handle.datasync().catch(() => {})
    await handle.close()
  }

  /** Adds bytes behind what is known to be on the disk; what fails is as if it had never been written. */
  const writeTo = async (segment: Segment, bytes: Buffer): Promise<void> => {
    for (let written = 0; written < bytes.length;) {
      const { bytesWritten } = await segment.handle.write(
        bytes,
        written,
        bytes.length - written,
        segment.sizeBytes + written,
      )
      written += bytesWritten
    }
    if (durability === 'durable') await segment.handle.datasync()
    segment.sizeBytes += bytes.length
  }

  const write = async (bytes: Buffer): Promise<void> => {
    if (active && active.sizeBytes + bytes.length > Math.min(segmentBytes, active.limitBytes)) await seal()
    try {
      active ??= await createSegment(dir, ++lastNumber)
      await writeTo(active, bytes)
    } catch (error) {
      await abandon()
      if (!isFull(error)) throw error
      await writeToReserve(bytes)
    }
  }

  /** After an error nobody knows what a file holds beyond its known size, so nothing is added to it any more. */
  const abandon = async (): Promise<void> => {
    await active?.handle.truncate(active.sizeBytes).catch(() => {})
    await seal().catch(() => {})
  }

  const writeToReserve = async (bytes: Buffer): Promise<void> => {
    await reserving
    const full = new AssayError('store.disk_full', { path: dir })
    if (!hasReserve || bytes.length > reserveBytes) throw full
    hasReserve = false
    active = await openReserve(dir, ++lastNumber)
    if (!active) throw full
    log.warn({ dir }, 'the disk is full; records go to the room kept for that')
    try {
      await writeTo(active, bytes)
    } catch {
      await abandon()
      throw full
    }
  }

  const settle = (entry: Entry): void => {
    activeSince ??= now()
    if ('carriedId' in entry) {
      const carried = openRequests.get(entry.carriedId)
      if (carried) carried.segment = lastNumber
      return
    }
    const { line, record } = entry
    if (record.kind === 'open') openRequests.set(record.request.id, { line, segment: lastNumber })
    else activeDrainable++
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

  const flush = async (): Promise<void> => {
    await new Promise(setImmediate) // everything added in this turn of the loop goes out in one write
    while (waiting.length > 0) {
      const endTurn = await turns.take()
      const batch = waiting
      waiting = []
      try {
        const entries = needed(batch.map(({ entry }) => entry))
        if (entries.length > 0) await write(Buffer.concat(entries.map(({ line }) => line)))
        for (const entry of entries) settle(entry)
        for (const { resolve } of batch) resolve()
      } catch (error) {
        for (const { reject } of batch) reject(error)
      } finally {
        endTurn()
      }
    }
    flushing = null
  }

  const add = (entry: Entry): Promise<void> =>
    new Promise((resolve, reject) => {
      waiting.push({ entry, resolve, reject })
      flushing ??= flush()
    })

  const append = (given: SpoolRecord): Promise<void> => {
    const record = sizeBytes() > maxBytes ? withoutBodies(given) : given
    if (record.kind === 'failure' && given.kind === 'failure' && given.report.request && !record.report.request) {
      droppedBodies++
    }
    return add({ line: encodeLine(record), record })
  }

  const putAside = async (number: number, lines: readonly string[]): Promise<void> => {
    badCount += lines.length
    log.error(
      { segment: number, lines: lines.length },
      'records of the spool were put aside; see the file that ends in .bad',
    )
    await appendFile(`${segmentPath(dir, number)}.bad`, lines.map((line) => `${line}\n`).join(''), { mode: 0o600 })
  }

  const drop = async (number: number): Promise<void> => {
    const stillOpen = [...openRequests].filter(([, { segment }]) => segment === number)
    await Promise.all(stillOpen.map(([carriedId, { line }]) => add({ line, carriedId })))
    await rm(segmentPath(dir, number), { force: true })
    sealed.splice(
      sealed.findIndex((segment) => segment.number === number),
      1,
    )
    if (!hasReserve) makeReserve()
  }

  const next = async (): Promise<WaitingSegment | null> => {
    if (sealed.length === 0) {
      if (activeDrainable === 0) return null
      const endTurn = await turns.take()
      await seal().finally(endTurn)
    }
    const number = sealed[0]!.number
    return {
      number,
      read: async () => {
        const { records, badLines } = await readSegment(dir, number)
        if (badLines.length > 0) await putAside(number, badLines)
        return records
      },
      reject: (record, reason) => putAside(number, [JSON.stringify({ reason, record })]),
      drop: () => drop(number),
    }
  }

  const replay = async (): Promise<void> => {
    const left = new Map<string, SpoolRecord & { kind: 'open' }>()
    for (const number of await listSegments(dir)) {
      lastNumber = number
      const { records } = await readSegment(dir, number)
      for (const record of records) {
        if (record.kind === 'open') left.set(record.request.id, record)
        if (record.kind === 'close') left.delete(record.request.id)
      }
      const { size, mtimeMs } = await stat(segmentPath(dir, number))
      sealed.push({ number, sizeBytes: size, sinceMs: mtimeMs })
    }
    await Promise.all(
      [...left.values()].map(({ request }) =>
        append({ kind: 'close', request: { ...request, status: 'incomplete', estimated: true } }),
      ),
    )
  }

  await replay()
  makeReserve()

  return {
    append,
    sizeBytes,
    oldestMs: () => sealed[0]?.sinceMs ?? (activeDrainable > 0 ? activeSince : null),
    badCount: () => badCount,
    droppedBodies: () => droppedBodies,
    next,
    close: async () => {
      await flushing
      await reserving
      await seal()
    },
  }
}

const readSegment = async (dir: string, number: number): Promise<SegmentContent> =>
  decodeSegment(await readFile(segmentPath(dir, number)))

const withoutBodies = (record: SpoolRecord): SpoolRecord => {
  if (record.kind !== 'failure') return record
  const { request: _request, output: _output, ...report } = record.report
  return { ...record, report }
}

const isFull = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')
