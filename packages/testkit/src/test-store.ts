import { randomBytes } from 'node:crypto'
import { createId, type Log, Secret, silentLog, timestamp } from '@assay/core'
import type { Store, SystemScope } from '@assay/store'
import { type Postgres, startPostgres } from './postgres.ts'
import { temporaryDirectory } from './temporary-directory.ts'

/** A store of a test's own; several tests share it by making a workspace each. */
export type TestStore = AsyncDisposable & {
  store: Store
  dataDir: string
  /** The server behind it; null for the embedded engine. */
  postgres: Postgres | null
  /** A new workspace with one owner, apart from all others. */
  createWorkspace: () => Promise<{ workspaceId: string; personId: string }>
}

export type TestStoreOptions = { engine: 'embedded' } | { engine: 'server'; binDir?: string }

/** Opens a store of the given engine, its schema up to date, in a directory that goes with it. */
export const openTestStore = async (options: TestStoreOptions, log: Log = silentLog): Promise<TestStore> => {
  // Loaded when it is wanted: most tests have no database.
  const { openStore } = await import('@assay/store')
  await using opening = new AsyncDisposableStack()
  const directory = opening.use(await temporaryDirectory())
  const postgres =
    options.engine === 'server'
      ? opening.use(await startPostgres(options.binDir ? { binDir: options.binDir } : {}))
      : null
  const store = opening.use(
    await openStore({
      dataDir: directory.path,
      log,
      migrate: true,
      ...(postgres ? { databaseUrl: new Secret(postgres.url) } : {}),
    }),
  )
  const opened = opening.move()
  return {
    store,
    dataDir: directory.path,
    postgres,
    createWorkspace: () => createWorkspace(store),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

/** An id as the application makes them. */
export const newId = (now: () => number = Date.now): string =>
  createId({ now, randomBytes: (size) => new Uint8Array(randomBytes(size)) })

const createWorkspace = async (store: Store): Promise<{ workspaceId: string; personId: string }> => {
  const [workspaceId, personId] = [newId(), newId()]
  const createdAt = timestamp(Date.now())
  await store.inSystem(async ({ db }) => {
    await db
      .insertInto('workspaces')
      .values({ id: workspaceId, slug: workspaceId, name: 'Test', tier: 'pro', createdAt })
      .execute()
    await db.insertInto('people').values({ id: personId, name: 'owner', createdAt }).execute()
    await db.insertInto('members').values({ workspaceId, personId, role: 'owner', createdAt }).execute()
  })
  return { workspaceId, personId }
}

/** Does what only a superuser of the database could: no wall stands here. */
export const asSuperuser = <Result>(store: Store, work: (scope: SystemScope) => Promise<Result>): Promise<Result> =>
  store.inSystem(async (scope) => {
    await scope.db
      .selectNoFrom((eb) => eb.fn<string>('set_config', [eb.val('role'), eb.val('none'), eb.val(true)]).as('role'))
      .execute()
    return work(scope)
  })
