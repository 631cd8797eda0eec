import type { createMutex } from '../engine/mutex.ts'

type Waiting<Entry> = { entry: Entry; resolve: () => void; reject: (error: unknown) => void }

/** Writes what is added in one moment together, so that all of it shares one wait for the disk. */
export type GroupCommit<Entry> = {
  /** Resolves when the entry is on the disk, or when it was not needed any more. */
  add(entry: Entry): Promise<void>
  /** Resolves when nothing is being written. */
  settled(): Promise<void>
}

/** While one group is written the next one gathers. */
export const createGroupCommit = <Entry extends { line: Buffer }>(parts: {
  /** Held while a group is written, so that nobody ends the segment under it. */
  turns: ReturnType<typeof createMutex>
  /** Those of a group that have to be written. */
  needed: (entries: Entry[]) => Entry[]
  write: (bytes: Buffer) => Promise<void>
  /** Told of each that was written, before whoever added it. */
  onWritten: (entry: Entry) => void
  /** The same of each that was not. */
  onFailed: (entry: Entry, error: unknown) => void
}): GroupCommit<Entry> => {
  let waiting: Waiting<Entry>[] = []
  let flushing: Promise<void> | null = null

  const writeGroup = async (group: readonly Waiting<Entry>[]): Promise<void> => {
    try {
      const entries = parts.needed(group.map(({ entry }) => entry))
      const lines = entries.map(({ line }) => line)
      if (lines.length > 0) await parts.write(lines.length === 1 ? lines[0]! : Buffer.concat(lines))
      for (const entry of entries) parts.onWritten(entry)
      for (const { resolve } of group) resolve()
    } catch (error) {
      for (const { entry, reject } of group) {
        parts.onFailed(entry, error)
        reject(error)
      }
    }
  }

  const flush = async (): Promise<void> => {
    await new Promise(setImmediate) // everything added in this turn of the loop goes out in one write
    while (waiting.length > 0) {
      const endTurn = await parts.turns.take()
      const group = waiting
      waiting = []
      await writeGroup(group).finally(endTurn)
    }
    flushing = null
  }

  return {
    add: (entry) =>
      new Promise((resolve, reject) => {
        waiting.push({ entry, resolve, reject })
        flushing ??= flush()
      }),
    settled: async () => void (await flushing),
  }
}
