import { readdirSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AssayError } from '@assay/core'
import { type Kysely, sql, type Transaction } from 'kysely'
import { ensureRoles } from './roles.ts'
import { lossesOf } from './losses.ts'

/** One step of the schema. */
export type Migration = {
  up: (db: Kysely<unknown>) => Promise<void>
  down: (db: Kysely<unknown>) => Promise<void>
}

/** A migration and when it was applied; null while it is pending. */
export type MigrationStatus = { name: string; appliedAt: string | null }

/** One thing that was done to the schema. */
export type MigrationEvent = { name: string; direction: 'up' | 'down'; appliedAt: string }

export const migrationsFolder = fileURLToPath(new URL('../migrations', import.meta.url))

/** The names of all migrations this version knows, in order. */
export const listMigrations = (folder = migrationsFolder): string[] =>
  readdirSync(folder)
    .filter((file) => /^\d{4}-[a-z0-9-]+\.(ts|js)$/.test(file))
    .map((file) => file.replace(/\.(ts|js)$/, ''))
    .toSorted()

/** Applied and pending migrations, in order; those the database has and this version does not come last. */
export const migrationStatus = async (db: Kysely<unknown>): Promise<MigrationStatus[]> => {
  const applied = await readApplied(db)
  const names = [...new Set([...listMigrations(), ...applied.keys()])]
  return names.map((name) => ({ name, appliedAt: applied.get(name) ?? null }))
}

/** Everything that was done to the schema, the oldest first. */
export const migrationHistory = async (db: Kysely<unknown>): Promise<MigrationEvent[]> => {
  if (!(await hasHistory(db))) return []
  const { rows } = await sql<MigrationEvent>`
    select name, direction, applied_at as "appliedAt" from migrations order by id
  `.execute(db)
  return rows
}

/** What stands between the database and this version. */
export const compareMigrations = async (
  db: Kysely<unknown>,
): Promise<{ pending: string[]; unknown: string[]; applied: number }> => {
  const known = listMigrations()
  const applied = await readApplied(db)
  return {
    pending: known.filter((name) => !applied.has(name)),
    unknown: [...applied.keys()].filter((name) => !known.includes(name)),
    applied: applied.size,
  }
}

/** Applies what is pending, all or up to and with the named one; each in one transaction, which a failure leaves empty. */
export const applyMigrations = async (db: Kysely<unknown>, { to }: { to?: string } = {}): Promise<string[]> => {
  const { pending, unknown } = await compareMigrations(db)
  if (unknown.length > 0) throw new AssayError('store.schema_mismatch', { pending, unknown })
  const last = to === undefined ? undefined : findMigration(to)
  const wanted = pending.filter((name) => last === undefined || name <= last)
  await ensureRoles(db)
  for (const name of wanted) {
    const { up } = await loadMigration(name)
    await inOwnTransaction(db, async (trx) => {
      if ((await readApplied(trx)).has(name)) return // another process was first
      await up(trx)
      await record(trx, { name, direction: 'up' })
    })
  }
  return wanted
}

/**
 * Takes migrations back: the last one, or all after the named one, `0` being before the first. Refuses when rows
 * would be lost, unless that is accepted; then nothing has been changed.
 */
export const revertMigrations = async (
  db: Kysely<unknown>,
  { to, acceptLoss = false }: { to?: string; acceptLoss?: boolean } = {},
): Promise<string[]> => {
  const applied = [...(await readApplied(db)).keys()].toSorted().toReversed()
  const target = to === undefined || to === '0' ? '' : findMigration(to)
  const wanted = to === undefined ? applied.slice(0, 1) : applied.filter((name) => name > target)
  const steps = await Promise.all(wanted.map(async (name) => ({ name, ...(await loadMigration(name)) })))
  if (!acceptLoss) {
    const losses = await lossesOf(db, async (trx) => {
      for (const { down } of steps) await down(trx)
    })
    if (losses.length > 0) throw new AssayError('store.data_loss', { losses })
  }
  for (const { name, down } of steps) {
    await inOwnTransaction(db, async (trx) => {
      if (!(await readApplied(trx)).has(name)) return
      await down(trx)
      await record(trx, { name, direction: 'down' })
    })
  }
  return wanted
}

/** Writes an empty migration with the next number; answers its path. */
export const newMigration = async (name: string, folder = migrationsFolder): Promise<string> => {
  const slug = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
  if (slug === '') throw new AssayError('usage.invalid', { reason: `"${name}" holds no letter and no digit.` })
  const last = Number(listMigrations(folder).at(-1)?.slice(0, 4) ?? 0)
  const path = join(folder, `${String(last + 1).padStart(4, '0')}-${slug}.ts`)
  await writeFile(path, emptyMigration, { flag: 'wx' })
  return path
}

const emptyMigration = `import { type MigrationDatabase, runAll } from './statements.ts'

export const up = (db: MigrationDatabase): Promise<void> => runAll(db, [])

export const down = (db: MigrationDatabase): Promise<void> => runAll(db, [])
`

/** A migration by its name, its number, or its name without the number. */
const findMigration = (wanted: string): string => {
  const found = listMigrations().find(
    (name) => name === wanted || name.slice(5) === wanted || Number(name.slice(0, 4)) === Number(wanted),
  )
  if (found) return found
  throw new AssayError('usage.invalid', {
    reason: `There is no migration ${wanted}.`,
    example: listMigrations().join(', '),
  })
}

/** What a migration does, by its name. */
export const loadMigration = async (name: string): Promise<Migration> => {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  if (!listMigrations().includes(name)) {
    throw new AssayError('store.schema_mismatch', { pending: [], unknown: [name] })
  }
  return (await import(new URL(`../migrations/${name}.${extension}`, import.meta.url).href)) as Migration
}

/** Migrations of several processes follow one another; a long one is not cut off. */
const inOwnTransaction = (db: Kysely<unknown>, work: (trx: Transaction<unknown>) => Promise<void>): Promise<void> =>
  db.transaction().execute(async (trx) => {
    await sql`select set_config('statement_timeout', '0', true)`.execute(trx)
    await sql`select pg_advisory_xact_lock(hashtextextended('assay migrations', 0))`.execute(trx)
    await work(trx)
  })

const record = async (db: Kysely<unknown>, event: { name: string; direction: 'up' | 'down' }): Promise<void> => {
  await sql`
    create table if not exists migrations (
      id bigint generated always as identity primary key,
      name text not null,
      direction text not null check (direction in ('up', 'down')),
      applied_at timestamptz not null default now()
    )
  `.execute(db)
  await sql`insert into migrations (name, direction) values (${event.name}, ${event.direction})`.execute(db)
}

const readApplied = async (db: Kysely<unknown>): Promise<Map<string, string>> => {
  const applied = new Map<string, string>()
  for (const { name, direction, appliedAt } of await migrationHistory(db)) {
    if (direction === 'up') applied.set(name, appliedAt)
    else applied.delete(name)
  }
  return applied
}

const hasHistory = async (db: Kysely<unknown>): Promise<boolean> => {
  const { rows } = await sql<{ there: boolean }>`
    select to_regclass('migrations') is not null as there
  `.execute(db)
  return rows[0]!.there
}
