import { readFile, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { AssayError, Secret, silentLog } from '@assay/core'
import { type Postgres, startPostgres, temporaryDirectory } from '@assay/testkit'
import { type Kysely, sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { migrateDatabase, type OpenDatabase, openDatabase } from './engine/open-database.ts'
import { checkDatabase } from './integrity.ts'
import { listMigrations, migrationHistory, migrationStatus, newMigration, revertMigrations } from './migrations.ts'
import { openStore } from './open-store.ts'
import { assertRoles } from './roles.ts'

const log = silentLog

/** Everything about the schema that can be read from the catalogue, in one order. */
const dumpSchema = async (db: Kysely<unknown>): Promise<string[]> => {
  const { rows } = await sql<{ line: string }>`
    select format('column %s.%s %s %s %s', c.relname, a.attname, format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid)) as line
    from pg_class c join pg_namespace n on n.oid = relnamespace
    join pg_attribute a on attrelid = c.oid and attnum > 0 and not attisdropped
    left join pg_attrdef d on adrelid = c.oid and adnum = attnum
    where nspname = 'public' and relkind in ('r', 'p') and not relispartition
    union all
    select format('constraint %s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
    from pg_constraint where connamespace = 'public'::regnamespace and contype <> 'n' and conparentid = 0
      and conrelid in (select oid from pg_class where not relispartition)
    union all
    select format('index %s', indexdef) from pg_indexes
    where schemaname = 'public' and tablename in (select relname from pg_class where not relispartition)
    union all
    select format('policy %s %s %s %s %s', tablename, policyname, roles, qual, with_check) from pg_policies
    union all
    select format('wall %s %s %s', relname, relrowsecurity, relforcerowsecurity) from pg_class
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition
    union all
    select format('grant %s %s %s', table_name, grantee, privilege_type) from information_schema.role_table_grants
    where table_schema = 'public' and grantee like 'assay_%'
    order by 1
  `.execute(db)
  return rows.map(({ line }) => line)
}

const schemas: Record<string, string[]> = {}
let postgres: Postgres
let directory: Awaited<ReturnType<typeof temporaryDirectory>>
beforeAll(async () => {
  postgres = await startPostgres()
  directory = await temporaryDirectory()
})
afterAll(async () => {
  await postgres.stop()
  await directory[Symbol.asyncDispose]()
})

describe.each(['embedded', 'server'] as const)('migrations on the %s engine', (engine) => {
  let database: OpenDatabase
  beforeAll(async () => {
    database = await openDatabase({
      dataDir: directory.path,
      databaseUrl: engine === 'server' ? new Secret(postgres.url) : undefined,
      log,
    })
  })
  afterAll(() => database.close())

  test('up, down to nothing and up again leaves the same schema', async () => {
    await migrateDatabase(database, { log })
    const first = await dumpSchema(database.db)
    expect(first.length).toBeGreaterThan(200)
    await revertMigrations(database.db, { to: '0', acceptLoss: true })
    expect(await dumpSchema(database.db)).toEqual(first.filter((line) => / migrations|public\.migrations/.test(line)))
    await migrateDatabase(database, { log })
    schemas[engine] = await dumpSchema(database.db)
    expect(schemas[engine]).toEqual(first)
  })

  test('every table that belongs to workspaces has its wall, forced, with both policies', async () => {
    const { rows } = await sql<{ table: string; forced: boolean; policies: number }>`
      select relname::text as "table", relrowsecurity and relforcerowsecurity as forced,
        (select count(*) from pg_policies where tablename = relname) as policies
      from pg_class join pg_attribute on attrelid = pg_class.oid and attname = 'workspace_id'
      where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition
    `.execute(database.db)
    expect(rows.length).toBeGreaterThan(15)
    expect(rows.filter(({ forced, policies }) => !forced || policies !== 2)).toEqual([])
  })

  test('status and history tell what was done', async () => {
    const names = listMigrations()
    const status = await migrationStatus(database.db)
    expect(status.map(({ name }) => name)).toEqual(names)
    expect(status.every(({ appliedAt }) => appliedAt !== null)).toBe(true)
    const last = (await migrationHistory(database.db)).slice(-2 * names.length)
    expect(last.map(({ name, direction }) => `${direction} ${name}`)).toEqual([
      ...names.toReversed().map((name) => `down ${name}`),
      ...names.map((name) => `up ${name}`),
    ])
  })

  test('one step back and one named step forward', async () => {
    const last = listMigrations().at(-1)!
    expect(await revertMigrations(database.db)).toEqual([last])
    expect((await migrationStatus(database.db)).at(-1)).toEqual({ name: last, appliedAt: null })
    expect(await checkDatabase(database)).toMatchObject([{ check: 'migrations' }])
    expect(await migrateDatabase(database, { to: last.slice(5), log })).toEqual([last])
    await expect(migrateDatabase(database, { to: '99', log })).rejects.toMatchObject({ code: 'usage.invalid' })
    expect(await checkDatabase(database)).toEqual([])
  })

  test('a way back that would lose rows is refused with what it would lose, and has changed nothing', async () => {
    await sql`select set_config('role', 'none', false)`.execute(database.db)
    await sql`insert into workspaces values (gen_random_uuid(), 'a', 'A', 'free', now()), (gen_random_uuid(), 'b', 'B', 'free', now())`.execute(
      database.db,
    )
    await sql`insert into people values (gen_random_uuid(), 'A', now())`.execute(database.db)
    const refused = await revertMigrations(database.db, { to: '0' }).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(AssayError)
    expect(refused).toMatchObject({
      code: 'store.data_loss',
      details: { losses: ['people (1 row)', 'workspaces (2 rows)'] },
    })
    expect(await dumpSchema(database.db)).toEqual(schemas[engine])
    await revertMigrations(database.db, { to: '0', acceptLoss: true })
    await migrateDatabase(database, { log })
  })

  test('a migration of a newer version is refused', async () => {
    await sql`insert into migrations (name, direction) values ('9999-later', 'up')`.execute(database.db)
    await expect(migrateDatabase(database, { log })).rejects.toMatchObject({
      code: 'store.schema_mismatch',
      details: { pending: [], unknown: ['9999-later'] },
    })
    await sql`delete from migrations where name = '9999-later'`.execute(database.db)
  })
})

test('both engines have the same schema', () => {
  const ours = (engine: string): string[] => schemas[engine]!.filter((line) => !line.includes('migrations'))
  expect(ours('embedded')).toEqual(ours('server'))
})

test('a new migration takes the next number and a name for its file', async () => {
  const path = await newMigration('  Budgets per Key! ', directory.path)
  expect(basename(path)).toBe('0001-budgets-per-key.ts')
  expect(await readFile(path, 'utf8')).toContain('export const down')
  await rm(path)
  await expect(newMigration('!!!')).rejects.toMatchObject({ code: 'usage.invalid' })
})

describe('a login of a managed server, who is no superuser', () => {
  const connect = (user: string) =>
    openDatabase({ dataDir: join(directory.path, user), databaseUrl: new Secret(postgres.urlFor(user)), log })

  beforeAll(async () => {
    const admin = await connect('postgres')
    for (const statement of [
      `drop owned by assay_app, assay_system cascade`,
      `drop schema public cascade`,
      `drop schema if exists pgboss cascade`,
      `drop role assay_app`,
      `drop role assay_system`,
      `create role maker login createrole`,
      `create role plain login`,
      `create schema public authorization maker`,
      `grant create on database postgres to maker, plain`,
    ]) {
      await sql.raw(statement).execute(admin.db)
    }
    await admin.close()
  })

  test('without CREATEROLE it is told the statements an administrator must run', async () => {
    const database = await connect('plain')
    await expect(migrateDatabase(database, { log })).rejects.toMatchObject({
      code: 'store.role_missing',
      details: {
        statements: [
          'create role assay_app nologin;',
          'create role assay_system nologin;',
          'grant assay_app, assay_system to plain;',
        ],
      },
    })
    await database.close()
  })

  test('with CREATEROLE it makes them and everything works', async () => {
    const options = { dataDir: join(directory.path, 'maker'), databaseUrl: new Secret(postgres.urlFor('maker')), log }
    await expect(openStore(options)).rejects.toMatchObject({ code: 'store.schema_mismatch' })
    const store = await openStore({ ...options, migrate: true })
    expect(await store.check()).toMatchObject([{ ok: true }, { ok: true }, { ok: true }, { ok: true }])
    await store.close()
    const database = await connect('maker')
    await revertMigrations(database.db, { to: '0' })
    await migrateDatabase(database, { log })
    await database.close()
  })

  test('roles that row-level security does not bind stop the start', async () => {
    const admin = await connect('postgres')
    await sql`alter role assay_app bypassrls`.execute(admin.db)
    await expect(assertRoles(admin.db)).rejects.toMatchObject({
      code: 'store.role_unsafe',
      details: { roles: ['assay_app'] },
    })
    await sql`alter role assay_app nobypassrls`.execute(admin.db)
    await admin.close()
  })
})

test('a server that is not there is unreachable, and the password stays secret', async () => {
  const databaseUrl = new Secret('postgres://someone:hunter2@127.0.0.1:1/none')
  const error = await openDatabase({ dataDir: directory.path, databaseUrl, log }).catch((reason: unknown) => reason)
  expect(error).toMatchObject({ code: 'store.unreachable' })
  expect(String(error)).not.toContain('hunter2')
})
