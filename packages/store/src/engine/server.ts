import type { Log, Secret } from '@assay/core'
import { type Dialect, PostgresDialect } from 'kysely'
import type pg from 'pg'
import { parsers } from './data-types.ts'

/** A PostgreSQL server of the operator's, through a pool of this process. */
export type ServerEngine = { pool: pg.Pool; dialect: Dialect; close: () => Promise<void> }

const POOL_SIZE = 10
const STATEMENT_TIMEOUT_MS = 15_000
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 10_000

export const openServerEngine = async (options: {
  url: Secret
  log: Log
  poolSize?: number
}): Promise<ServerEngine> => {
  const { url, log, poolSize = POOL_SIZE } = options
  const { default: pg } = await import('pg')
  const pool = new pg.Pool({
    connectionString: url.open(),
    max: poolSize,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    connectionTimeoutMillis: 10_000,
    application_name: 'assay',
    options: '-c TimeZone=UTC -c DateStyle=ISO',
    types: {
      getTypeParser: ((oid: number, format: 'text' | 'binary' = 'text') =>
        (format === 'text' && parsers[oid]) || pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
    },
  })
  // An idle connection that the server ends is replaced at the next query; unheard, the event would end the process.
  pool.on('error', (error) => log.warn({ reason: error.message }, 'a database connection ended'))
  return { pool, dialect: new PostgresDialect({ pool }), close: () => pool.end() }
}
