import { cpSync } from 'node:fs'
import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'

const AT_ONCE = 16

/** Copies a directory and waits until the copy is on the disk. In one call: a thousand small ones take ten times as long. */
export const copyTree = async (from: string, to: string): Promise<void> => {
  cpSync(from, to, { recursive: true })
  await syncTree(to)
}

/** Waits until every file and directory below a path, and the path itself, is on the disk. */
export const syncTree = async (path: string): Promise<void> => {
  const entries = await readdir(path, { recursive: true, withFileTypes: true })
  const paths = entries
    .filter((entry) => entry.isFile() || entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
  const waiting = [...paths, path].values()
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const next of waiting) await syncPath(next)
    }),
  )
}

/** Waits until one file, or the list of names of one directory, is on the disk. */
export const syncPath = async (path: string): Promise<void> => {
  await using handle = await open(path, 'r')
  await handle.sync()
}
