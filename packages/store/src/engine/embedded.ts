import type { Worker } from 'node:worker_threads'
import { AssayError, type Log } from '@assay/core'
import { engineCode } from './engine-code.ts'
import {
  type EngineReply,
  type EngineRequest,
  type EngineStart,
  fromErrorFields,
  type Statement,
  type StatementResult,
} from './messages.ts'
import { createMutex } from './mutex.ts'
import { startWorker } from './start-worker.ts'

/** The embedded engine's one session, for as long as a turn lasts. */
export type Turn = {
  run(statements: readonly Statement[]): Promise<StatementResult[]>
  /** Several statements in one text, without parameters. */
  script(sql: string): Promise<StatementResult[]>
  release(): void
}

/** PostgreSQL in a thread of this process. It has one session: whoever takes a turn has it alone until the release. */
export type EmbeddedEngine = {
  take(options?: { timeoutMs?: number }): Promise<Turn>
  /** How many syncs the operating system has done for the engine. */
  syncs(): number
  close(): Promise<void>
}

/** A statement that takes longer is ended with its thread: the engine cannot cancel one. */
const TIMEOUT_MS = 30_000

/** Writes to the log and to no table, so that it commits and leaves nothing. */
const syncProbe = `select pg_logical_emit_message(true, 'assay', 'sync probe')`

/** Starts the thread at once and waits for it; a thread that dies is started again when it is next needed. */
export const openEmbeddedEngine = async (
  options: Omit<EngineStart, 'code'> & { log: Log; timeoutMs?: number },
): Promise<EmbeddedEngine> => {
  const { directory, durable, log, timeoutMs = TIMEOUT_MS } = options
  const mutex = createMutex()
  let syncs = 0
  const code = await engineCode()
  const start = (): EngineThread => startThread({ directory, durable, code, onSyncs: (count) => (syncs = count) })
  let thread = start()
  await thread.ready
  let closed = false

  const living = async (): Promise<EngineThread> => {
    if (closed) throw new AssayError('store.unreachable', { reason: 'the store is closed' })
    if (!thread.isDead()) return thread
    log.warn({ directory }, 'the database engine stopped and is started again')
    await untilGone(thread)
    thread = start()
    await thread.ready
    await assertDurable(thread)
    return thread
  }

  /** A thread that hangs in a call of the disk lives until that returns, and two on one directory would destroy it. */
  const untilGone = async (stopped: EngineThread): Promise<void> => {
    const late = Promise.withResolvers<never>()
    const reason = 'the engine that stopped still waits for the disk'
    const timer = setTimeout(() => late.reject(new AssayError('store.unreachable', { reason })), timeoutMs)
    await Promise.race([stopped.end(), late.promise]).finally(() => clearTimeout(timer))
  }

  /** A commit must raise the count of syncs; else commits would survive a kill and no power cut. */
  const assertDurable = async (thread: EngineThread): Promise<void> => {
    const before = syncs
    await thread.send({ kind: 'run', statements: [{ sql: syncProbe, parameters: [] }] }, timeoutMs)
    if (syncs <= before) throw new AssayError('store.no_fsync', {})
  }

  try {
    await assertDurable(thread)
  } catch (error) {
    await thread.end()
    throw error
  }

  return {
    take: async (turnOptions = {}) => {
      const limitMs = turnOptions.timeoutMs ?? timeoutMs
      const release = await mutex.take()
      try {
        const own = await living()
        return {
          run: (statements) => own.send({ kind: 'run', statements: [...statements] }, limitMs),
          script: (sql) => own.send({ kind: 'script', sql }, limitMs),
          release,
        }
      } catch (error) {
        release()
        throw error
      }
    },
    syncs: () => syncs,
    close: async () => {
      if (closed) return
      const release = await mutex.take()
      closed = true
      if (!thread.isDead()) await thread.send({ kind: 'close' }, timeoutMs).catch(() => [])
      await thread.end()
      release()
    },
  }
}

type Unnumbered<Request> = Request extends unknown ? Omit<Request, 'id'> : never

type EngineThread = {
  ready: Promise<StatementResult[]>
  send(request: Unnumbered<EngineRequest>, timeoutMs: number): Promise<StatementResult[]>
  isDead(): boolean
  /** Resolves when the thread is gone and touches no file any more. */
  end(): Promise<void>
}

type Waiting = { resolve: (results: StatementResult[]) => void; reject: (error: Error) => void }

const startThread = (options: EngineStart & { onSyncs: (count: number) => void }): EngineThread => {
  const { directory, durable, code, onSyncs } = options
  const worker = startWorker(threadModule, { directory, durable, code } satisfies EngineStart)
  const waiting = new Map<number, Waiting>()
  let dead = false
  let lastId = 0
  const gone = Promise.withResolvers<void>()

  const expect = (id: number): Promise<StatementResult[]> =>
    new Promise((resolve, reject) => waiting.set(id, { resolve, reject }))

  const die = (reason: string, cause?: unknown): void => {
    dead = true
    for (const { reject } of waiting.values()) reject(new AssayError('store.unreachable', { reason }, { cause }))
    waiting.clear()
    void worker.terminate() // it holds nothing that is not on the disk
  }

  const ready = expect(0)
  worker.on('message', (reply: EngineReply) => {
    const caller = waiting.get(reply.id)
    waiting.delete(reply.id)
    if ('results' in reply) {
      onSyncs(reply.syncs)
      caller?.resolve(reply.results)
      return
    }
    const error = fromErrorFields(reply.error)
    caller?.reject(
      reply.fatal ? new AssayError('store.unreachable', { reason: error.message }, { cause: error }) : error,
    )
    if (reply.fatal) die('the engine stopped', error)
  })
  worker.on('error', (error) => die(error.message, error))
  worker.on('exit', () => {
    die('the engine ended')
    gone.resolve()
  })
  worker.unref()

  return {
    ready: keepAlive(worker, ready),
    isDead: () => dead,
    send: (request, timeoutMs) => {
      if (dead) return Promise.reject(new AssayError('store.unreachable', { reason: 'the engine stopped' }))
      const id = ++lastId
      const reply = expect(id)
      const timer = setTimeout(() => die(`a statement took longer than ${timeoutMs} ms`), timeoutMs)
      worker.postMessage({ ...request, id }, [])
      return keepAlive(worker, reply).finally(() => clearTimeout(timer))
    },
    end: async () => {
      dead = true
      await keepAlive(worker, Promise.all([worker.terminate(), gone.promise]))
    },
  }
}

/** The thread keeps the process running only while somebody waits for it. */
const keepAlive = async <Result>(worker: Worker, reply: Promise<Result>): Promise<Result> => {
  worker.ref()
  try {
    return await reply
  } finally {
    worker.unref()
  }
}

const threadModule = new URL(
  import.meta.url.endsWith('.ts') ? './embedded-thread.ts' : './embedded-thread.js',
  import.meta.url,
)
