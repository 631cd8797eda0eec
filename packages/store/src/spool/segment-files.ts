import { open, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { syncPath } from '../engine/sync-tree.ts'

/** The numbers of the segments in a directory, the oldest first. */
export const listSegments = async (directory: string): Promise<number[]> =>
  (await readdir(directory))
    .filter((name) => /^\d{12}\.log$/.test(name))
    .map((name) => Number.parseInt(name, 10))
    .toSorted((a, b) => a - b)

export const segmentPath = (directory: string, number: number): string =>
  join(directory, `${String(number).padStart(12, '0')}.log`)

/** An open segment and how much of it is known to be on the disk. */
export type Segment = {
  number: number
  path: string
  handle: Awaited<ReturnType<typeof open>>
  sizeBytes: number
  /** How far it may grow without asking the file system for room; unlimited unless it was kept ready. */
  limitBytes: number
}

/** Begins a segment; its name is on the disk before anything is written into it. */
export const createSegment = async (directory: string, number: number): Promise<Segment> => {
  const path = segmentPath(directory, number)
  const handle = await open(path, 'wx', 0o600)
  try {
    await syncPath(directory)
  } catch (error) {
    await handle.close()
    await rm(path, { force: true })
    throw error
  }
  return { number, path, handle, sizeBytes: 0, limitBytes: Number.POSITIVE_INFINITY }
}

const reservePath = (directory: string): string => join(directory, 'reserve')

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
    return true
  } catch {
    await rm(draft, { force: true })
    return false
  }
}

/** Turns the reserve into a segment; null when there is none. */
export const openReserve = async (directory: string, number: number): Promise<Segment | null> => {
  const path = segmentPath(directory, number)
  try {
    await rename(reservePath(directory), path)
  } catch {
    return null
  }
  const handle = await open(path, 'r+')
  const { size } = await handle.stat()
  return { number, path, handle, sizeBytes: 0, limitBytes: size }
}
