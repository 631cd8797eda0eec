import { AsyncLocalStorage } from 'node:async_hooks'
import type { Server } from 'node:net'
import { HOUR_MS, type Log, MINUTE_MS, type Secret, timestamp } from '@assay/core'
import { CamelCasePlugin, type Kysely, sql, type Transaction } from 'kysely'
import {
  assertMigrated,
  migrateDatabase,
  type OpenDatabase,
  openDatabase,
  unsafeSettings,
} from './engine/open-database.ts'
import { type ChangeListener, listenForChanges } from './engine/listen.ts'
import { createJobs, type Jobs } from './jobs.ts'
import { compareMigrations } from './migrations.ts'
import { assertRoles } from './roles.ts'
import type { Database } from './schema.ts'
import { compareSchema } from './schema-drift.ts'
import { noPartitions, type SystemScope, type WorkspaceScope } from './scope.ts'
import { ensurePartitions, readPartitions } from './system/partitions.ts'
import { applyRetention } from './system/retention.ts'
import { enterSystem, enterWorkspace } from './system/roles.ts'

export type StoreOptions = {
  /** Directory of the embedded engine; its lock and its socket lie beside it. */
  dataDir: string
  /** A PostgreSQL server instead of the embedded engine. */
  databaseUrl?: Secret | undefined
  log: Log
  /** Whether to bring the schema up to date; by default the embedded engine's is, and a server's is not. */
  migrate?: boolean | undefined
  /** What another process that wants the same data is told, such as the address. */
  owner?: string | undefined
  /** False leaves out the engine's syncs, to show that a start without them is refused. */
  durable?: boolean | undefined
}

/** What is remembered, behind two doors: one workspace at a time, or the few things that concern all. */
export type Store = AsyncDisposable & {
  engine: 'embedded' | 'server'
  /** One transaction that sees one workspace. */
  inWorkspace<Result>(workspaceId: string, work: (scope: WorkspaceScope) => Promise<Result>): Promise<Result>
  /** One transaction that sees all. */
  inSystem<Result>(work: (scope: SystemScope) => Promise<Result>): Promise<Result>
  jobs: Jobs
  /** Hears of what other processes announced, by one server between them. */
  onChange(listener: ChangeListener): void
  /** Where commands of the same user reach the owner of the data directory. */
  ownerSocket: Server | null
  /** What stands and what does not, each by name. */
  check(): Promise<StoreCheck[]>
  /** What of the tables is not as the migrations make them; empty when all is. */
  compareSchema(): Promise<string[]>
  /** Tells others who look at the lock where the owner listens. */
  setOwnerAddress(url: string): Promise<void>
  close(): Promise<void>
}

export type StoreCheck = { name: string; ok: boolean; detail: string }

const HOUSEKEEPING_EVERY_MS = HOUR_MS
/** Not at the start itself, which has better things to do. */
const FIRST_HOUSEKEEPING_MS = MINUTE_MS

/** Opens the data: takes their lock, starts the engine or connects, checks schema and walls, makes the days' partitions. */
export const openStore = async (options: StoreOptions): Promise<Store> => {
  const { log, migrate = options.databaseUrl === undefined } = options
  const database = await openDatabase({ ...options, own: true })
  try {
    if (migrate && (await isBehind(database))) await migrateDatabase(database, { log })
    await assertMigrated(database)
    return await serve(database, options)
  } catch (error) {
    await database.close()
    throw error
  }
}

const serve = async (database: OpenDatabase, { log, databaseUrl }: StoreOptions): Promise<Store> => {
  const db = (database.db as Kysely<Database>).withPlugin(new CamelCasePlugin({ maintainNestedObjectKeys: true }))
  const knownPartitions = new Set<string>()
  const around = new AsyncLocalStorage<{ isOpen: boolean }>()

  const inTransaction = async <Result>(
    work: (scope: SystemScope) => Promise<Result>,
    enter: (trx: Transaction<Database>) => Promise<void>,
  ): Promise<Result> => {
    // The embedded engine has one session: waiting inside a transaction for a second one would never end.
    if (around.getStore()?.isOpen) throw new Error('A transaction was asked for inside another one.')
    const partitions = { ...noPartitions(), known: knownPartitions }
    const afterCommit: (() => void)[] = []
    const transaction = { isOpen: true }
    const result = await db
      .transaction()
      .execute(async (trx) => {
        await enter(trx)
        return around.run(transaction, () => work({ db: trx, partitions, afterCommit }))
      })
      .finally(() => (transaction.isOpen = false))
    for (const name of partitions.made) knownPartitions.add(name)
    for (const name of partitions.dropped) knownPartitions.delete(name)
    for (const action of afterCommit) action()
    return result
  }

  const inSystem: Store['inSystem'] = (work) => inTransaction(work, enterSystem)
  const inSystemNow = (work: typeof ensurePartitions): Promise<void> =>
    inSystem((system) => work(system, { now: timestamp(Date.now()) }))
  for (const name of await inSystem(readPartitions)) knownPartitions.add(name)
  await inSystemNow(ensurePartitions)
  const housekeeping = startHousekeeping(async () => {
    await inSystemNow(ensurePartitions)
    await inSystemNow(applyRetention)
  }, log)

  const jobs = createJobs(database.queue, { log, inSystem })
  const listeners = new Set<ChangeListener>()
  const changes = databaseUrl
    ? listenForChanges({ url: databaseUrl, log, onChange: (change) => listeners.forEach((tell) => tell(change)) })
    : null
  let closing: Promise<void> | undefined
  const close = (): Promise<void> =>
    (closing ??= (async () => {
      await housekeeping.stop()
      await changes?.close()
      await jobs.stop()
      await database.close()
    })())

  return {
    engine: database.engine,
    inWorkspace: (workspaceId, work) =>
      inTransaction(
        (scope) => work({ ...scope, workspaceId }),
        (trx) => enterWorkspace(trx, workspaceId),
      ),
    inSystem,
    jobs,
    onChange: (listener) => void listeners.add(listener),
    ownerSocket: database.lock?.socket ?? null,
    check: () => checkStore(database),
    compareSchema: () => compareSchema(database.db),
    setOwnerAddress: async (url) => database.lock?.setAddress(url),
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** Does a task soon and then again and again; a failure is said and tried again. */
const startHousekeeping = (task: () => Promise<void>, log: Log): { stop(): Promise<void> } => {
  let running: Promise<void> = Promise.resolve()
  const run = (): void => {
    running = task().catch((error: unknown) => log.warn({ reason: String(error) }, 'housekeeping of the data failed'))
  }
  const timers = [setTimeout(run, FIRST_HOUSEKEEPING_MS), setInterval(run, HOUSEKEEPING_EVERY_MS)]
  for (const timer of timers) timer.unref()
  return {
    stop: async () => {
      for (const timer of timers) clearTimeout(timer)
      await running
    },
  }
}

/** Fast where nothing is pending, which is nearly always. */
const isBehind = async ({ db }: OpenDatabase): Promise<boolean> => {
  try {
    await assertMigrated({ db })
    return false
  } catch {
    const { unknown } = await compareMigrations(db)
    return unknown.length === 0
  }
}

const checkStore = async (database: OpenDatabase): Promise<StoreCheck[]> => {
  const { db, embedded } = database
  const check = async (name: string, look: () => Promise<string>): Promise<StoreCheck> => {
    try {
      return { name, ok: true, detail: await look() }
    } catch (error) {
      return { name, ok: false, detail: error instanceof Error ? error.message : String(error) }
    }
  }
  return [
    await check('database', async () => {
      await sql`select 1`.execute(db)
      return database.engine
    }),
    await check('migrations', async () => {
      await assertMigrated(database)
      return 'up to date'
    }),
    await check('walls', async () => {
      await assertRoles(db)
      return 'row-level security binds the working roles'
    }),
    await check('durability', async () => {
      if (embedded) return `${embedded.syncs()} syncs`
      const unsafe = await unsafeSettings(db)
      return unsafe.length === 0
        ? 'as set on the server'
        : `warning: ${unsafe.join(', ')} off, so confirmed commits may be lost at a power cut`
    }),
  ]
}
