import { sql, type Transaction } from 'kysely'
import type { Database } from '../schema.ts'

type Db = Transaction<Database>

/** Makes the rest of the transaction the application's, seeing one workspace. One bound statement, both settings local. */
export const enterWorkspace = async (db: Db, workspaceId: string): Promise<void> => {
  await sql`select set_config('role', 'assay_app', true), set_config('app.workspace', ${workspaceId}, true)`.execute(db)
}

/** Makes the rest of the transaction the system's, whom every policy admits. */
export const enterSystem = async (db: Db): Promise<void> => {
  await sql`select set_config('role', 'assay_system', true), set_config('app.workspace', '', true)`.execute(db)
}

/**
 * Does something the working roles may not, as the owner of the tables, and goes back: partitions and the queue.
 * Rows are never read or written in it.
 */
export const asOwner = async <Result>({ db }: { db: Db }, work: (db: Db) => Promise<Result>): Promise<Result> => {
  const { rows } = await sql<{ role: string }>`
    select current_setting('role') as role, set_config('role', 'none', true)
  `.execute(db)
  const result = await work(db)
  await sql`select set_config('role', ${rows[0]!.role}, true)`.execute(db)
  return result
}
