import { join, resolve } from 'node:path'
import { AssayError, type Log, type Secret } from '@assay/core'
import { Kysely, sql } from 'kysely'
import { installQueue, type QueueDatabase } from '../jobs.ts'
import { applyMigrations, compareMigrations } from '../migrations.ts'
import { assertRoles } from '../roles.ts'
import { version } from '../version.ts'
import { backUpDatabase, hasDatabase, makeDatabase } from './data-directory.ts'
import { embeddedDialect } from './embedded-dialect.ts'
import { type EmbeddedEngine, openEmbeddedEngine } from './embedded.ts'
import { type Lock, takeLock } from './lock.ts'
import { refuseNetworkFilesystem } from './network-filesystem.ts'
import { openServerEngine } from './server.ts'
import { createTemplate } from './template.ts'
import { startUpkeep } from './upkeep.ts'
import { makeFolders } from './make-folders.ts'

/** Where the data are, and who opens them. */
export type DatabaseOptions = {
  dataDir: string
  databaseUrl?: Secret | undefined
  log: Log
  /** Whether to hold the data directory although the data are on a server, because the spool lies there. */
  own?: boolean | undefined
  /** What others are told of the owner: its address. */
  owner?: string | undefined
  /** Whether the engine's syncs reach the disk; off only to show that a start without them is refused. */
  durable?: boolean | undefined
}

/** An open database of either engine, its walls standing or not yet. */
export type OpenDatabase = {
  engine: 'embedded' | 'server'
  db: Kysely<unknown>
  queue: QueueDatabase
  /** Of the data directory; null for a look at a server, which many may have at once. */
  lock: Lock | null
  embedded: EmbeddedEngine | null
  /** Copies embedded data beside themselves and answers where; a server is its operator's to back up. */
  backUp(): Promise<string | null>
  close(): Promise<void>
}

const OLDEST_SERVER = 15

/** Opens the embedded engine of a data directory, or connects to a server. */
export const openDatabase = (options: DatabaseOptions): Promise<OpenDatabase> =>
  options.databaseUrl ? connectToServer({ ...options, databaseUrl: options.databaseUrl }) : openEmbedded(options)

/** Applies what is pending to an open database: ours first, then the queue's. Data that are there are copied before. */
export const migrateDatabase = async (
  database: Pick<OpenDatabase, 'db' | 'queue' | 'engine' | 'backUp'>,
  { to, log }: { to?: string | undefined; log: Log },
): Promise<string[]> => {
  const { db, queue, engine } = database
  const before = await compareMigrations(db)
  if (before.pending.length > 0 && before.applied > 0) {
    const backup = await database.backUp()
    if (backup !== null) log.info({ backup }, 'the data were copied before the schema is changed')
  }
  const applied = await applyMigrations(db, to === undefined ? {} : { to })
  await installQueue(queue, log)
  if (applied.length > 0) log.info({ engine, applied }, 'the schema was brought up to date')
  return applied
}

/** Refuses a database whose schema is not this version's. */
export const assertMigrated = async ({ db }: Pick<OpenDatabase, 'db'>): Promise<void> => {
  const { pending, unknown } = await compareMigrations(db)
  if (pending.length + unknown.length > 0) throw new AssayError('store.schema_mismatch', { pending, unknown })
  if (!(await hasQueue(db))) throw new AssayError('store.schema_mismatch', { pending: ['pg-boss'], unknown: [] })
  await assertRoles(db)
}

const openEmbedded = async (options: DatabaseOptions): Promise<OpenDatabase> => {
  const { log, durable = true } = options
  const directory = join(resolve(options.dataDir), 'db')
  const lock = await takeDataDirectory(options)
  try {
    if (!hasDatabase(directory)) {
      await makeDatabase(directory, {
        template: createTemplate(log),
        make: (draft) => makeMigrated(draft, { log, durable }),
      })
    }
    return await openOwned(directory, { lock, log, durable })
  } catch (error) {
    await lock.release()
    throw error
  }
}

/** The directory holds a database or at least a spool, and neither bears two writers. */
const takeDataDirectory = async ({ dataDir, owner }: DatabaseOptions): Promise<Lock> => {
  const folder = resolve(dataDir)
  makeFolders(folder)
  await refuseNetworkFilesystem(folder)
  return takeLock(folder, { version, ...(owner === undefined ? {} : { address: owner }) })
}

const openOwned = async (
  directory: string,
  { lock, log, durable }: { lock: Lock | null; log: Log; durable: boolean },
): Promise<OpenDatabase> => {
  const embedded = await openEmbeddedEngine({ directory, durable, log })
  const upkeep = startUpkeep(embedded, log)
  return {
    engine: 'embedded',
    db: new Kysely<unknown>({ dialect: embeddedDialect(embedded) }),
    queue: { embedded },
    lock,
    embedded,
    backUp: () => backUpOpen(directory, embedded),
    close: async () => {
      await upkeep.stop()
      await embedded.close()
      await lock?.release()
    },
  }
}

/** After a checkpoint, and as long as nobody else has a turn, the files are those of a whole database. */
const backUpOpen = async (directory: string, embedded: EmbeddedEngine): Promise<string> => {
  const turn = await embedded.take()
  try {
    await turn.script('checkpoint')
    return await backUpDatabase(directory)
  } finally {
    turn.release()
  }
}

/** A new cluster with the whole schema, closed. */
const makeMigrated = async (directory: string, { log, durable }: { log: Log; durable: boolean }): Promise<void> => {
  const database = await openOwned(directory, { lock: null, log, durable })
  try {
    await migrateDatabase(database, { log })
  } finally {
    await database.close()
  }
}

const connectToServer = async (options: DatabaseOptions & { databaseUrl: Secret }): Promise<OpenDatabase> => {
  const { databaseUrl, log, own = false } = options
  const lock = own ? await takeDataDirectory(options) : null
  const { dialect, close } = await openServerEngine({ url: databaseUrl, log })
  const closeAll = async (): Promise<void> => {
    await close()
    await lock?.release()
  }
  const db = new Kysely<unknown>({ dialect })
  try {
    await assertVersion(db)
    await warnOfUnsafeSettings(db, log)
  } catch (error) {
    await closeAll()
    throw toUnreachable(error)
  }
  return {
    engine: 'server',
    db,
    queue: { url: databaseUrl.open() },
    lock,
    embedded: null,
    backUp: async () => null,
    close: closeAll,
  }
}

const assertVersion = async (db: Kysely<unknown>): Promise<void> => {
  const { rows } = await sql<{ version: string }>`select current_setting('server_version_num') as version`.execute(db)
  const major = Math.floor(Number(rows[0]!.version) / 10_000)
  if (major < OLDEST_SERVER) {
    throw new AssayError('store.unsupported_version', { found: String(major), needed: String(OLDEST_SERVER) })
  }
}

/** Settings without which a commit that was confirmed may be lost. */
export const unsafeSettings = async (db: Kysely<unknown>): Promise<string[]> => {
  const { rows } = await sql<{ name: string }>`
    select name from pg_settings
    where name in ('fsync', 'full_page_writes', 'synchronous_commit') and setting = 'off'
  `.execute(db)
  return rows.map(({ name }) => name)
}

const warnOfUnsafeSettings = async (db: Kysely<unknown>, log: Log): Promise<void> => {
  const settings = await unsafeSettings(db)
  if (settings.length > 0) log.warn({ settings }, 'the database server may lose confirmed commits at a power cut')
}

const hasQueue = async (db: Kysely<unknown>): Promise<boolean> => {
  const { rows } = await sql<{ there: boolean }>`select to_regclass('pgboss.version') is not null as there`.execute(db)
  return rows[0]!.there
}

/** Errors of the connection have no SQLSTATE; their message may hold the address, never the password. */
const toUnreachable = (error: unknown): unknown => {
  if (error instanceof AssayError || !(error instanceof Error)) return error
  const code = 'code' in error ? String(error.code) : ''
  return new AssayError('store.unreachable', { reason: error.message || code }, { cause: error })
}
