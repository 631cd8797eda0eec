import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Secret, silentLog } from '@assay/core'
import { newId, startPostgres, temporaryDirectory } from '@assay/testkit'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { openDatabase } from './engine/open-database.ts'
import { listMigrations, revertMigrations } from './migrations.ts'
import { openStore } from './open-store.ts'
import { listWorkspaces } from './system/people.ts'

test.each(['embedded', 'server'] as const)(
  'data of an earlier version on the %s engine are there after the upgrade, and a copy from before it is kept',
  async (engine) => {
    await using directory = await temporaryDirectory()
    await using postgres = engine === 'server' ? await startPostgres() : null
    const options = {
      dataDir: directory.path,
      log: silentLog,
      ...(postgres ? { databaseUrl: new Secret(postgres.url) } : {}),
    }
    await using first = await openStore({ ...options, migrate: true })
    await first.close()
    const database = await openDatabase(options)
    await revertMigrations(database.db, { to: '0002-gateway' })
    const id = newId()
    await sql`insert into workspaces values (${id}, 'old', 'Old', 'pro', now())`.execute(database.db)
    await database.close()

    if (engine === 'server') {
      await expect(openStore(options)).rejects.toMatchObject({
        code: 'store.schema_mismatch',
        details: { pending: listMigrations().filter((name) => name > '0002-gateway'), unknown: [] },
      })
    }
    await using store = await openStore({ ...options, ...(engine === 'server' ? { migrate: true } : {}) })
    expect(await store.inSystem(listWorkspaces)).toMatchObject([{ id, slug: 'old' }])
    expect(existsSync(join(directory.path, 'db.before-migration/PG_VERSION'))).toBe(engine === 'embedded')
    await store.close()
    if (engine === 'embedded') await expectOldSchema(join(directory.path, 'db.before-migration'))
  },
)

/** The copy opens, with the rows and without the newer tables. */
const expectOldSchema = async (copy: string): Promise<void> => {
  const { openEmbeddedEngine } = await import('./engine/embedded.ts')
  const engine = await openEmbeddedEngine({ directory: copy, durable: true, log: silentLog })
  const turn = await engine.take()
  const [result] = await turn.script(
    `select count(*) as workspaces, to_regclass('failures') as failures from workspaces`,
  )
  expect(result!.rows).toEqual([{ workspaces: 1, failures: null }])
  turn.release()
  await engine.close()
}
