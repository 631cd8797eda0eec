import { type FSWatcher, watch } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'

/** Editors write a file in several steps; they are one change. */
const QUIET_MS = 100

/** The files of a suite, watched by their folders: editors put a new file in the place of the old one. */
export type WatchedFiles = Disposable & {
  /**
   * Watches these from now on beside those there were, and answers whether one of them is what changed. Another file of
   * their folders may be a new one of a pattern, so it counts as a change too.
   */
  follow: (paths: readonly string[]) => boolean
  count: () => number
}

/** Calls back when a file, or another one beside it, changed and has been still for a moment. */
export const watchFiles = (onChange: () => void): WatchedFiles => {
  const files = new Set<string>()
  const watchers = new Map<string, FSWatcher>()
  let isOwn = false
  let timer: NodeJS.Timeout | null = null
  const touched = (path: string): void => {
    isOwn ||= files.has(path)
    if (timer) clearTimeout(timer)
    timer = setTimeout(onChange, QUIET_MS)
  }
  const open = (folder: string): FSWatcher => {
    const watcher = watch(folder, (_event, name) => {
      // What a run itself writes must not begin the next one.
      if (name !== null && basename(name) !== '.assay') touched(resolve(folder, name))
    })
    // A folder that is gone: what is missing then is told when the suite is read.
    return watcher.on('error', () => watcher.close())
  }
  return {
    follow: (paths) => {
      if (paths.length > 0) files.clear()
      for (const path of paths) {
        files.add(resolve(path))
        const folder = dirname(resolve(path))
        if (!watchers.has(folder)) watchers.set(folder, open(folder))
      }
      const was = isOwn
      isOwn = false
      return was
    },
    count: () => files.size,
    [Symbol.dispose]: () => {
      if (timer) clearTimeout(timer)
      for (const watcher of watchers.values()) watcher.close()
    },
  }
}
