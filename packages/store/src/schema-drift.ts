import { type Kysely, sql, type Transaction } from 'kysely'
import { listMigrations, loadMigration } from './migrations.ts'

const SCRATCH = 'assay_scratch'

/**
 * What of the database is not as its migrations make it: they are all applied in a schema of their own, within a
 * transaction that is undone, and both are compared column by column.
 */
export const compareSchema = async (db: Kysely<unknown>): Promise<string[]> => {
  const undo = new Error('undone')
  let differences: string[] = []
  await db
    .transaction()
    .execute(async (trx) => {
      await sql`select set_config('statement_timeout', '0', true)`.execute(trx)
      const actual = await readSchema(trx, 'public')
      await sql.raw(`create schema ${SCRATCH}`).execute(trx)
      await sql.raw(`grant usage on schema ${SCRATCH} to assay_app, assay_system`).execute(trx)
      await sql`select set_config('search_path', ${SCRATCH}, true)`.execute(trx)
      for (const name of listMigrations()) await (await loadMigration(name)).up(trx)
      const wanted = await readSchema(trx, SCRATCH)
      differences = [
        ...[...wanted].filter((line) => !actual.has(line)).map((line) => `missing: ${line}`),
        ...[...actual].filter((line) => !wanted.has(line)).map((line) => `not of a migration: ${line}`),
      ]
      throw undo
    })
    .catch((error: unknown) => {
      if (error !== undo) throw error
    })
  return differences.toSorted()
}

/** Columns and walls of every table, one line each; partitions are their parents'. */
const readSchema = async (trx: Transaction<unknown>, schema: string): Promise<Set<string>> => {
  const { rows } = await sql<{ line: string }>`
    select format('%s.%s %s%s', relname, attname, format_type(atttypid, atttypmod),
      case when attnotnull then ' not null' else '' end) as line
    from pg_class
    join pg_namespace on pg_namespace.oid = relnamespace
    join pg_attribute on attrelid = pg_class.oid and attnum > 0 and not attisdropped
    where nspname = ${schema} and relkind in ('r', 'p') and not relispartition and relname <> 'migrations'
    union all
    select format('%s is walled', relname) from pg_class
    join pg_namespace on pg_namespace.oid = relnamespace
    where nspname = ${schema} and relkind in ('r', 'p') and not relispartition and relrowsecurity and relforcerowsecurity
  `.execute(trx)
  return new Set(rows.map(({ line }) => line))
}
