import { parentPort, workerData } from 'node:worker_threads'
import { PGlite } from '@electric-sql/pglite'
import { parsers } from './data-types.ts'
import {
  type EngineReply,
  type EngineRequest,
  type EngineStart,
  type StatementResult,
  toErrorFields,
} from './messages.ts'
import { SyncedFiles, type SyncHook } from './synced-files.ts'

/** The thread that the embedded engine lives in: it executes what it is told, one request at a time. */

const { directory, durable, code } = workerData as EngineStart
const port = parentPort!
const hook: SyncHook = { count: 0, enabled: durable }

const engine = new PGlite({
  pgliteWasmModule: code,
  fs: new SyncedFiles(directory, hook),
  parsers,
  startParams: [
    ...PGlite.defaultStartParams,
    ...settings({ fsync: 'on', wal_sync_method: 'fsync', shared_buffers: '8MB' }),
  ],
})

const answer = (reply: EngineReply): void => port.postMessage(reply)

const execute = async (request: EngineRequest): Promise<StatementResult[]> => {
  if (request.kind === 'close') await engine.close()
  if (request.kind === 'script') return (await engine.exec(request.sql)).map(toResult)
  const results: StatementResult[] = []
  if (request.kind === 'run') {
    for (const { sql, parameters } of request.statements) {
      results.push(toResult(await engine.query(sql, [...parameters])))
    }
  }
  return results
}

let queue: Promise<void> = Promise.resolve()

const handle = async (request: EngineRequest): Promise<void> => {
  try {
    answer({ id: request.id, results: await execute(request), syncs: hook.count })
  } catch (error) {
    answer({ id: request.id, error: toErrorFields(error), fatal: !hasSqlState(error) && !(await isAlive()) })
  }
  if (request.kind === 'close') port.close()
}

port.on('message', (request: EngineRequest) => {
  queue = queue.then(() => handle(request))
})

try {
  await engine.waitReady
  answer({ id: 0, results: [], syncs: hook.count })
} catch (error) {
  answer({ id: 0, error: toErrorFields(error), fatal: true })
}

/** After an error of anybody else, the engine may have stopped (a disk that failed) or go on (a value it cannot bind). */
async function isAlive(): Promise<boolean> {
  try {
    await engine.query('select 1')
    return true
  } catch (error) {
    return hasSqlState(error)
  }
}

/** An error of the database itself. */
function hasSqlState(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^[0-9A-Z]{5}$/.test(String(error.code))
}

function toResult(result: Awaited<ReturnType<PGlite['query']>>): StatementResult {
  return {
    rows: result.rows as Record<string, unknown>[],
    affectedRows: result.affectedRows ?? 0,
    command: (result as { command?: string }).command ?? '',
  }
}

function settings(values: Record<string, string>): string[] {
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}
