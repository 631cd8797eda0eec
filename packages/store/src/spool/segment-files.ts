import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { syncPath } from '../engine/sync-tree.ts'

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
export const openReserve = async (directory: string, number: number): Promise<Segment | null> => {
  const path = segmentPath(directory, number)
  try {
    await rename(reservePath(directory), path)
  } catch {
    return null
  }
  const handle = await open(path, 'r+')
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
