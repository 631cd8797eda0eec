import { type Kysely, sql, type Transaction } from 'kysely'

/**
 * What a change of the schema would lose: tables that hold rows and columns that hold values. The change is made, looked
 * at, and undone, so that nobody has to write down what it drops.
 */
export const lossesOf = async (
  db: Kysely<unknown>,
  change: (trx: Transaction<unknown>) => Promise<void>,
): Promise<string[]> => {
  const dropped = await droppedBy(db, change)
  return db.transaction().execute(async (trx) => {
    const losses: string[] = []
    for (const { table, column } of dropped) {
      const rows = await countRows(trx, { table, column })
      if (rows > 0)
        losses.push(`${column === null ? table : `${table}.${column}`} (${rows} ${rows === 1 ? 'row' : 'rows'})`)
    }
    return losses
  })
}

type Place = { table: string; column: string | null }

const droppedBy = async (
  db: Kysely<unknown>,
  change: (trx: Transaction<unknown>) => Promise<void>,
): Promise<Place[]> => {
  const undo = new Error('undone')
  let dropped: Place[] = []
  await db
    .transaction()
    .execute(async (trx) => {
      const before = await readColumns(trx)
      await change(trx)
      const after = await readColumns(trx)
      dropped = [...before].flatMap(([table, columns]): Place[] => {
        const left = after.get(table)
        if (left === undefined) return [{ table, column: null }]
        return columns.filter((column) => !left.includes(column)).map((column) => ({ table, column }))
      })
      throw undo
    })
    .catch((error: unknown) => {
      if (error !== undo) throw error
    })
  return dropped
}

/** The columns of every table of ours; partitions are their parents'. */
const readColumns = async (db: Kysely<unknown>): Promise<Map<string, string[]>> => {
  const { rows } = await sql<{ table: string; columns: string[] }>`
    select relname::text as "table", array_agg(attname::text order by attnum) as columns
    from pg_class
    join pg_namespace on pg_namespace.oid = relnamespace
    join pg_attribute on attrelid = pg_class.oid and attnum > 0 and not attisdropped
    where nspname = 'public' and relkind in ('r', 'p') and not relispartition and relname <> 'migrations'
    group by relname
  `.execute(db)
  return new Map(rows.map(({ table, columns }) => [table, columns]))
}

/** Row-level security binds the owner too, so the rows are counted by the role that sees all. */
const countRows = async (db: Kysely<unknown>, { table, column }: Place): Promise<number> => {
  await sql`select set_config('role', 'assay_system', true)`.execute(db)
  const held = column === null ? sql`true` : sql`${sql.id(column)} is not null`
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from ${sql.id(table)} where ${held}
  `.execute(db)
  return rows[0]!.count
}
