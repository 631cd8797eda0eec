import type { SqlOutcome } from '@assay/core'

/** What of the parser is used; it comes without types for its single databases. */
type Parser = {
  astify(sql: string): unknown
  parse(sql: string): { tableList: string[]; columnList: string[] }
  whiteListCheck(sql: string, allowed: string[], options: { type: 'table' | 'column' }): unknown
}

const PACKAGE = 'node-sql-parser'

/** The databases the parser knows, by their names in suites; each is a file of its own, and only one is loaded. */
const databases = [
  'Athena',
  'BigQuery',
  'DB2',
  'FlinkSQL',
  'Hive',
  'MariaDB',
  'MySQL',
  'PostgreSQL',
  'Redshift',
  'Snowflake',
  'Sqlite',
  'TransactSQL',
  'Trino',
]

const loaded = new Map<string, Parser>()

/** The parser of one database; what is missing as text where it is not installed, null where there is no such database. */
export const loadParser = async (databaseType: string): Promise<Parser | string | null> => {
  const name = databases.find((known) => known.toLowerCase() === databaseType.toLowerCase())?.toLowerCase()
  if (name === undefined) return null
  const known = loaded.get(name)
  if (known) return known
  try {
    const { default: module } = (await import(`${PACKAGE}/build/${name}.js`)) as {
      default: { Parser: new () => Parser }
    }
    const parser = new module.Parser()
    loaded.set(name, parser)
    return parser
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND') return PACKAGE
    throw error
  }
}

/** Reads a text as SQL and holds it to the tables and columns that are allowed. */
export const checkSql = (
  parser: Parser | null,
  { text, allowedTables, allowedColumns }: { text: string; allowedTables?: string[]; allowedColumns?: string[] },
): SqlOutcome => {
  if (parser === null) return { syntax: `The databases known are ${databases.join(', ')}.` }
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
