import { CompiledQuery, sql, type Transaction } from 'kysely'
import type { Database } from '../schema.ts'

type Db = Transaction<Database>

// Worded once, because every transaction begins with one of them.
const ENTER_WORKSPACE = `select set_config('role', 'assay_app', true), set_config('app.workspace', $1, true)`
const ENTER_SYSTEM = `select set_config('role', 'assay_system', true), set_config('app.workspace', '', true)`

/** Makes the rest of the transaction the application's, seeing one workspace. One bound statement, both settings local. */
export const enterWorkspace = async (db: Db, workspaceId: string): Promise<void> => {
  await db.executeQuery(CompiledQuery.raw(ENTER_WORKSPACE, [workspaceId]))
}

/** Makes the rest of the transaction the system's, whom every policy admits. */
export const enterSystem = async (db: Db): Promise<void> => {
  await db.executeQuery(CompiledQuery.raw(ENTER_SYSTEM))
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
