import { MINUTE_MS, type Log } from '@assay/core'
import type { EmbeddedEngine } from './embedded.ts'

const EVERY_MS = 5 * MINUTE_MS
/** A VACUUM of a large table may take its time; nobody else is held longer than one table. */
const TIMEOUT_MS = 10 * MINUTE_MS

/** What a server's autovacuum does: the embedded engine has no process of its own for it. Ends with `stop`. */
export const startUpkeep = (engine: EmbeddedEngine, log: Log, everyMs = EVERY_MS): { stop(): Promise<void> } => {
  let running: Promise<unknown> = Promise.resolve()
  const timer = setInterval(() => {
    running = tidy(engine).catch((error: unknown) =>
      log.warn({ reason: String(error) }, 'upkeep of the database failed'),
    )
  }, everyMs)
  timer.unref()
  return {
    stop: async () => {
      clearInterval(timer)
      await running
    },
  }
}

/** Vacuums the tables with more than 1,000 dead rows and more than one in ten, then writes a checkpoint; names them. */
export const tidy = async (engine: EmbeddedEngine): Promise<string[]> => {
  await ask(engine, 'select pg_stat_force_next_flush()') // else the counts may be a while behind
  const worn = (await ask(engine, wornTables)).map(({ table }) => String(table))
  for (const table of worn) await ask(engine, `vacuum (analyze) ${table}`)
  if (worn.length > 0) await ask(engine, 'checkpoint')
  return worn
}

const wornTables = `
  select format('%I.%I', schemaname, relname) as table
  from pg_stat_user_tables
  where n_dead_tup > 1000 and n_dead_tup > 0.1 * (n_live_tup + n_dead_tup)
`

const ask = async (engine: EmbeddedEngine, sql: string): Promise<Record<string, unknown>[]> => {
  const turn = await engine.take({ timeoutMs: TIMEOUT_MS })
  try {
    return (await turn.run([{ sql, parameters: [] }]))[0]!.rows
  } finally {
    turn.release()
  }
}
