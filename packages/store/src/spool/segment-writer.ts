import { unlink } from 'node:fs'
import { AssayError, type Log } from '@assay/core'
import {
  createSegment,
  hasKeptReserve,
  keepReserve,
  openReserve,
  segmentPath,
  type Segment,
  writeSegment,
} from './segment-files.ts'

/** A segment that is no longer written to, as its writer leaves it. */
export type EndedSegment = { number: number; sizeBytes: number }

/** Adds bytes to the newest segment, and begins another when it is full or broken. One call at a time. */
export type SegmentWriter = {
  /** Resolves when the bytes are on the disk. Throws `store.disk_full` when not even the reserve has room. */
  write(bytes: Buffer): Promise<void>
  /** Ends the segment that is being written, if there is one. */
  seal(): Promise<void>
  /** The number of the segment that was written last. */
  number(): number
  /** Makes room again for a time when the disk is full. */
  keepRoom(): void
  close(): Promise<void>
}

/** Opens no segment before there is something to write. */
export const createSegmentWriter = async (parts: {
  dir: string
  /** The number of the last segment that is there. */
  lastNumber: number
  segmentBytes: number
  reserveBytes: number
  isDurable: boolean
  log: Log
  onWritten: (bytes: number) => void
  onEnded: (segment: EndedSegment) => void
}): Promise<SegmentWriter> => {
  const { dir, segmentBytes, reserveBytes, isDurable, log } = parts
  let { lastNumber } = parts
  let current = lastNumber
  let active: Segment | null = null
  /** The next segment, named on the disk ahead of time, so that no answer waits for that; null: it could not be made. */
  let prepared: Promise<Segment | null> | null = null
  let hasReserve = await hasKeptReserve(dir, reserveBytes)
  let reserving: Promise<void> = Promise.resolve()
  let releasing: Promise<void> = Promise.resolve()

  const prepare = (): void => {
    prepared = createSegment(dir, ++lastNumber, isDurable).catch(() => null)
  }

  const begin = async (): Promise<Segment> => {
    const waiting = prepared
    prepared = null
    const segment = (await waiting) ?? (await createSegment(dir, ++lastNumber, isDurable))
    current = segment.number
    return segment
  }

  const seal = async (): Promise<void> => {
    if (!active) return
    const { handle, number, sizeBytes } = active
    active = null
    parts.onEnded({ number, sizeBytes })
    if (!isDurable) await handle.datasync().catch(() => {})
    const earlier = releasing
    // What is on the disk need not wait for its file to be closed.
    releasing = handle.close().then(
      () => earlier,
      () => earlier,
    )
  }

  /** Adds bytes behind what is known to be on the disk; what fails is as if it had never been written. */
  const writeTo = async (segment: Segment, bytes: Buffer): Promise<void> => {
    await writeSegment(segment, bytes, isDurable)
    segment.sizeBytes += bytes.length
    parts.onWritten(bytes.length)
  }

  /** After an error nobody knows what a file holds beyond its known size, so nothing is added to it any more. */
  const abandon = async (): Promise<void> => {
    if (active?.sizeBytes === 0) {
      const segment = active
      active = null
      await discard(segment)
      return
    }
    await active?.handle.truncate(active.sizeBytes).catch(() => {})
    await seal().catch(() => {})
  }

  const discard = async ({ handle, number }: Segment): Promise<void> => {
    await handle.close().catch(() => {})
    await removeSegment(dir, number).catch(() => {})
  }

  const discardPrepared = async (): Promise<void> => {
    const segment = await prepared
    prepared = null
    if (segment) await discard(segment)
  }

  const writeToReserve = async (bytes: Buffer): Promise<void> => {
    await reserving
    const full = new AssayError('store.disk_full', { path: dir })
    if (!hasReserve || bytes.length > reserveBytes) throw full
    hasReserve = false
    // Segments are read by their numbers, so none may be left that comes before this one and is written after it.
    await discardPrepared()
    active = await openReserve(dir, ++lastNumber, isDurable)
    if (!active) throw full
    current = active.number
    log.warn({ dir }, 'the disk is full; records go to the room kept for that')
    try {
      await writeTo(active, bytes)
    } catch {
      await abandon()
      throw full
    }
  }

  return {
    write: async (bytes) => {
      if (active && active.sizeBytes + bytes.length > Math.min(segmentBytes, active.limitBytes)) await seal()
      try {
        active ??= await begin()
        await writeTo(active, bytes)
        if (!prepared && active.limitBytes === Number.POSITIVE_INFINITY) prepare()
      } catch (error) {
        await abandon()
        if (!isFull(error)) throw error
        await writeToReserve(bytes)
      }
    },
    seal,
    number: () => current,
    keepRoom: () => {
      if (hasReserve) return
      const earlier = reserving
      reserving = (async () => {
        await earlier
        if (!hasReserve) hasReserve = await keepReserve(dir, reserveBytes)
      })()
    },
    close: async () => {
      await reserving
      await seal()
      await discardPrepared()
      await releasing
    },
  }
}

/** Removes a segment; one that is gone is as good. */
export const removeSegment = (dir: string, number: number): Promise<void> =>
  new Promise((resolve, reject) => {
    unlink(segmentPath(dir, number), (error) => (error && error.code !== 'ENOENT' ? reject(error) : resolve()))
  })

const isFull = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')
