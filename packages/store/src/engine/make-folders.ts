import { existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { AssayError } from '@assay/core'

/** Makes a directory and those above it, one by one: Node's recursive mkdir never returns where a file system refuses new names, as /proc does. */
export const makeFolders = (folder: string): void => {
  if (existsSync(folder)) {
    if (statSync(folder).isDirectory()) return
    throw new AssayError('store.directory_unusable', { path: folder, reason: 'it is not a directory' })
  }
  makeFolders(dirname(folder))
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException
    if (code !== 'EEXIST')
      throw new AssayError('store.directory_unusable', { path: folder, reason: code }, { cause: error })
  }
}
