import { sql, type Kysely } from 'kysely'

/** The database as a migration sees it: no types, because a migration outlives them. */
export type MigrationDatabase = Kysely<unknown>

/** Runs statements one after another, in the migration's transaction. */
export const runAll = async (db: MigrationDatabase, statements: readonly string[]): Promise<void> => {
  for (const statement of statements) await sql.raw(statement).execute(db)
}

type Right = 'select' | 'insert' | 'update' | 'delete'

/**
 * The wall around a tenant's table: row-level security that binds the owner too. The application role sees the rows of
 * the workspace its transaction names, and none when it names none; the system role sees all.
 */
export const wall = (
  table: string,
  options: { column?: string; app?: readonly Right[]; system?: readonly Right[] } = {},
): string[] => {
  const all: readonly Right[] = ['select', 'insert', 'update', 'delete']
  const { column = 'workspace_id', app = all, system = all } = options
  // After a scoped transaction the setting reads '' and not null, hence nullif.
  const own = `${column} = nullif(current_setting('app.workspace', true), '')::uuid`
  return [
    `alter table ${table} enable row level security`,
    `alter table ${table} force row level security`,
    `create policy workspace on ${table} to assay_app using (${own}) with check (${own})`,
    `create policy everything on ${table} to assay_system using (true) with check (true)`,
    ...grants(table, { app, system }),
  ]
}

/** Rights on a table that belongs to no workspace. */
export const grants = (table: string, rights: { app?: readonly Right[]; system?: readonly Right[] }): string[] =>
  (['app', 'system'] as const).flatMap((role) => {
    const granted = rights[role] ?? []
    return granted.length > 0 ? [`grant ${granted.join(', ')} on ${table} to assay_${role}`] : []
  })

/** Drops tables in the given order. */
export const dropTables = (...tables: string[]): string[] => tables.map((table) => `drop table ${table}`)
