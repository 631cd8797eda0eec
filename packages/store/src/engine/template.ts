import { createHash, randomUUID } from 'node:crypto'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Log } from '@assay/core'
import { migrationsFolder } from '../migrations.ts'
import { copyTree, syncPath } from './sync-tree.ts'

/**
 * A database directory with all migrations done, kept in the user's cache, so that a first start copies files instead
 * of making a cluster. It holds no row and no secret.
 */
export type Template = {
  /** Copies it to the given path, whole or not at all; false when there is none yet. */
  copyTo(directory: string): Promise<boolean>
  /** Keeps a closed database directory as the template; a cache that cannot be written to is no failure. */
  keep(directory: string): Promise<void>
}

export const createTemplate = (log: Log, folder = cacheFolder()): Template => {
  const path = join(folder, `template-${templateHash()}`)
  return {
    copyTo: async (directory) => {
      if (!existsSync(path)) return false
      const draft = `${directory}.draft-${randomUUID().slice(0, 8)}`
      try {
        await copyTree(path, draft)
        await rename(draft, directory)
        await syncPath(dirname(directory))
        return true
      } catch (error) {
        await rm(draft, { recursive: true, force: true })
        log.warn({ path, reason: String(error) }, 'the database template could not be used')
        return false
      }
    },
    keep: async (directory) => {
      const draft = `${path}.draft-${randomUUID().slice(0, 8)}`
      try {
        await mkdir(folder, { recursive: true })
        await copyTree(directory, draft)
        await rename(draft, path)
        await removeOthers(folder, path)
      } catch (error) {
        await rm(draft, { recursive: true, force: true }).catch(() => {})
        log.debug({ path, reason: String(error) }, 'the database template was not kept')
      }
    },
  }
}

/** Where programs keep what they can make again. */
const cacheFolder = (): string => join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'assay')

/** Another engine or another schema is another template. */
const templateHash = (): string => {
  const hash = createHash('sha256').update(engineVersion()).update(queueVersion())
  for (const file of readdirSync(migrationsFolder).toSorted()) {
    if (/\.(ts|js)$/.test(file)) hash.update(file).update(readFileSync(join(migrationsFolder, file)))
  }
  return hash.digest('hex').slice(0, 16)
}

const engineVersion = (): string => versionOf('@electric-sql/pglite')
const queueVersion = (): string => versionOf('pg-boss')

const versionOf = (name: string): string => {
  const entry = createRequire(import.meta.url).resolve(name)
  const root = entry.slice(0, entry.lastIndexOf(`node_modules/${name}/`) + `node_modules/${name}/`.length)
  return (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version
}

const removeOthers = async (folder: string, path: string): Promise<void> => {
  const others = (await readdir(folder)).map((name) => join(folder, name))
  for (const other of others) {
    if (other !== path && other.includes('template-') && !other.includes('.draft-')) {
      await rm(other, { recursive: true, force: true })
    }
  }
}
