import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
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
  await rm(directory, { recursive: true, force: true }) // without PG_VERSION it holds nothing
  if (await template.copyTo(directory)) return
  const draft = `${directory}.draft-${randomUUID().slice(0, 8)}`
  await make(draft)
  await syncTree(draft)
  await template.keep(draft)
  await rename(draft, directory)
  await syncPath(dirname(directory))
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
