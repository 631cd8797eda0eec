import type { SqlOutcome } from '@assay/core'

/** What of the parser is used; it comes without types for its single databases. */
type Parser = {
  astify(sql: string): unknown
  parse(sql: string): { tableList: string[]; columnList: string[] }
  whiteListCheck(sql: string, allowed: string[], options: { type: 'table' | 'column' }): unknown
}

/** The databases the parser knows, by their names in suites; each is a file of its own, and only one is loaded. */
const databases: Record<string, () => Promise<unknown>> = {
  Athena: () => import('node-sql-parser/build/athena.js'),
  BigQuery: () => import('node-sql-parser/build/bigquery.js'),
  DB2: () => import('node-sql-parser/build/db2.js'),
  FlinkSQL: () => import('node-sql-parser/build/flinksql.js'),
  Hive: () => import('node-sql-parser/build/hive.js'),
  MariaDB: () => import('node-sql-parser/build/mariadb.js'),
  MySQL: () => import('node-sql-parser/build/mysql.js'),
  PostgreSQL: () => import('node-sql-parser/build/postgresql.js'),
  Redshift: () => import('node-sql-parser/build/redshift.js'),
  Snowflake: () => import('node-sql-parser/build/snowflake.js'),
  Sqlite: () => import('node-sql-parser/build/sqlite.js'),
  TransactSQL: () => import('node-sql-parser/build/transactsql.js'),
  Trino: () => import('node-sql-parser/build/trino.js'),
}

const loaded = new Map<string, Parser>()

/** The parser of one database; what is missing as text where it is not installed, null where there is no such database. */
export const loadParser = async (databaseType: string): Promise<Parser | string | null> => {
  const name = Object.keys(databases).find((known) => known.toLowerCase() === databaseType.toLowerCase())
  if (name === undefined) return null
  const known = loaded.get(name)
  if (known) return known
  try {
    const { default: module } = (await databases[name]!()) as {
      default: { Parser: new () => Parser }
    }
    const parser = new module.Parser()
    loaded.set(name, parser)
    return parser
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND') return 'node-sql-parser'
    throw error
  }
}

/** Reads a text as SQL and holds it to the tables and columns that are allowed. */
export const checkSql = (
  parser: Parser | null,
  { text, allowedTables, allowedColumns }: { text: string; allowedTables?: string[]; allowedColumns?: string[] },
): SqlOutcome => {
  if (parser === null) return { syntax: `The databases known are ${Object.keys(databases).join(', ')}.` }
  try {
    parser.astify(text)
  } catch (error) {
    return { syntax: (error as Error).message.slice(0, 300) }
  }
  const refused =
    refusedBy(parser, { text, type: 'table', allowed: allowedTables }) ??
    refusedBy(parser, { text, type: 'column', allowed: allowedColumns })
  return { refused }
}

const refusedBy = (
  parser: Parser,
  { text, type, allowed }: { text: string; type: 'table' | 'column'; allowed: string[] | undefined },
): string | null => {
  if (!allowed) return null
  try {
    parser.whiteListCheck(text, allowed, { type })
    return null
  } catch {
    const { tableList, columnList } = parser.parse(text)
    const found = type === 'table' ? tableList : columnList
    return `SQL references unauthorized ${type}(s). Found: [${found.join(', ')}]. Allowed: [${allowed.join(', ')}].`
  }
}
