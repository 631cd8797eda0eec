import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, rename, rm, rmdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { AssayError } from '@assay/core'
import { copyTree, syncPath, syncTree } from './sync-tree.ts'
import type { Template } from './template.ts'

/** Whether a database was ever made there. */
export const hasDatabase = (directory: string): boolean => existsSync(join(directory, 'PG_VERSION'))

/**
 * Makes a database directory, whole or not at all: from the template, else by making a cluster beside it, which then
 * becomes the template too.
 */
export const makeDatabase = async (
  directory: string,
  { template, make }: { template: Template; make: (directory: string) => Promise<void> },
): Promise<void> => {
  await removeDrafts(directory)
  await removeEmpty(directory)
  if (await template.copyTo(directory)) return
  const draft = `${directory}.draft-${randomUUID().slice(0, 8)}`
  await make(draft)
  await syncTree(draft)
  await template.keep(draft)
  await rename(draft, directory)
  await syncPath(dirname(directory))
}

/** A directory is made whole or not at all, so files without PG_VERSION are somebody's, or what is left of a database. */
const removeEmpty = async (directory: string): Promise<void> => {
  if (!existsSync(directory)) return
  if ((await readdir(directory)).length === 0) return rmdir(directory)
  const reason = `${directory} holds files but no PG_VERSION; move it away, or put back a backup`
  throw new AssayError('store.unreachable', { reason })
}

/** Copies a database directory that nobody writes to beside itself, in place of an earlier copy; answers where it is. */
export const backUpDatabase = async (directory: string): Promise<string> => {
  const backup = `${directory}.before-migration`
  const draft = `${directory}.draft-${randomUUID().slice(0, 8)}`
  await copyTree(directory, draft)
  await rm(backup, { recursive: true, force: true })
  await rename(draft, backup)
  await syncPath(dirname(directory))
  return backup
}

/** What a start that was cut off left behind; the lock is held, so nobody works on one. */
const removeDrafts = async (directory: string): Promise<void> => {
  const folder = dirname(directory)
  for (const name of await readdir(folder)) {
    if (name.startsWith(`${basename(directory)}.draft-`)) await rm(join(folder, name), { recursive: true, force: true })
  }
}
