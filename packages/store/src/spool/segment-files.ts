import { constants, write } from 'node:fs'
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { syncPath } from '../engine/sync-tree.ts'
import { decodeSegment, type SegmentContent } from './line.ts'

/** Makes the directory of the spool; its name, too, is on the disk before anything is acknowledged. */
export const makeDirectory = async (directory: string): Promise<void> => {
  const path = resolve(directory)
  const first = await mkdir(path, { recursive: true, mode: 0o700 })
  const highest = dirname(first ?? path)
  for (let parent = dirname(path); ; parent = dirname(parent)) {
    await syncPath(parent)
    if (parent === highest || parent === dirname(parent)) return
  }
}

/** The numbers of the segments in a directory, the oldest first. */
export const listSegments = async (directory: string): Promise<number[]> =>
  (await readdir(directory))
    .filter((name) => /^\d{12}\.log$/.test(name))
    .map((name) => Number.parseInt(name, 10))
    .toSorted((a, b) => a - b)

export const segmentPath = (directory: string, number: number): string =>
  join(directory, `${String(number).padStart(12, '0')}.log`)

/** What a segment holds. */
export const readSegment = async (directory: string, number: number): Promise<SegmentContent> =>
  decodeSegment(await readFile(segmentPath(directory, number)))

/** An open segment and how much of it is known to be on the disk. */
export type Segment = {
  number: number
  path: string
  handle: Awaited<ReturnType<typeof open>>
  sizeBytes: number
  /** How far it may grow without asking the file system for room; unlimited unless it was kept ready. */
  limitBytes: number
}

/**
 * With it a write comes back when its bytes are on the disk, as after `fdatasync`, in one call of the system instead
 * of two. Where the system has none, each write is followed by a sync.
 */
const DSYNC: number | undefined = constants.O_DSYNC
const flagsOf = (base: number, isDurable: boolean): number => (isDurable && DSYNC ? base | DSYNC : base)

/** Begins a segment; its name is on the disk before anything is written into it. */
export const createSegment = async (directory: string, number: number, isDurable: boolean): Promise<Segment> => {
  const path = segmentPath(directory, number)
  const { O_CREAT, O_EXCL, O_WRONLY } = constants
  const handle = await open(path, flagsOf(O_WRONLY | O_CREAT | O_EXCL, isDurable), 0o600)
  try {
    await syncPath(directory)
  } catch (error) {
    await handle.close()
    await rm(path, { force: true })
    throw error
  }
  return { number, path, handle, sizeBytes: 0, limitBytes: Number.POSITIVE_INFINITY }
}

/** Adds bytes behind what is known to be on the disk; a durable segment has them there when this resolves. */
export const writeSegment = async (
  { handle, sizeBytes }: Segment,
  bytes: Buffer,
  isDurable: boolean,
): Promise<void> => {
  for (let written = 0; written < bytes.length;) {
    written += await writeAt(handle.fd, written === 0 ? bytes : bytes.subarray(written), sizeBytes + written)
  }
  if (isDurable && !DSYNC) await handle.datasync()
}

/** The call with a callback costs half as much of the serving thread as that of a file handle. */
const writeAt = (file: number, bytes: Buffer, position: number): Promise<number> =>
  new Promise((resolve, reject) => {
    write(file, bytes, 0, bytes.length, position, (error, written) => (error ? reject(error) : resolve(written)))
  })

const reservePath = (directory: string): string => join(directory, 'reserve')

/** Whether an earlier process kept room of this size; it was written whole before it got its name. */
export const hasKeptReserve = async (directory: string, sizeBytes: number): Promise<boolean> => {
  const kept = await stat(reservePath(directory)).catch(() => null)
  return kept?.size === sizeBytes
}

/** Keeps room for records of a time when the disk is full: a file of zeros, whose blocks are the spool's already. */
export const keepReserve = async (directory: string, sizeBytes: number): Promise<boolean> => {
  const draft = `${reservePath(directory)}.draft`
  try {
    await using handle = await open(draft, 'w', 0o600)
    const zeros = Buffer.alloc(Math.min(sizeBytes, 1_048_576))
    for (let written = 0; written < sizeBytes;) {
      const { bytesWritten } = await handle.write(zeros, 0, Math.min(zeros.length, sizeBytes - written), written)
      written += bytesWritten
    }
    await handle.sync()
    await rename(draft, reservePath(directory))
    await syncPath(directory)
    return true
  } catch {
    await rm(draft, { force: true })
    return false
  }
}

/** Turns the reserve into a segment, under a name that is on the disk; null when there is none. */
export const openReserve = async (directory: string, number: number, isDurable: boolean): Promise<Segment | null> => {
  const path = segmentPath(directory, number)
  try {
    await rename(reservePath(directory), path)
  } catch {
    return null
  }
  const handle = await open(path, flagsOf(constants.O_RDWR, isDurable))
  try {
    await syncPath(directory)
    const { size } = await handle.stat()
    return { number, path, handle, sizeBytes: 0, limitBytes: size }
  } catch {
    await handle.close()
    await rm(path, { force: true })
    return null
  }
}
