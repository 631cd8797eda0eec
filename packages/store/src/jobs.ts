import type { Log } from '@assay/core'
import type { PgBoss } from 'pg-boss'
import type { EmbeddedEngine } from './engine/embedded.ts'
import type { Store } from './open-store.ts'
import type { WorkspaceScope } from './scope.ts'
import {
  enqueue,
  type EnqueueOptions,
  listPendingJobs,
  type PendingJob,
  putBackJobs,
  queueOptions,
} from './system/enqueue.ts'

/** The queue of work to be done later, in the database. A handler may run twice for one job. */
export type Jobs = {
  /** Begins to take jobs; until then they wait. */
  start(): Promise<void>
  /** Adds a job in the scope's own transaction. */
  enqueue(scope: WorkspaceScope, name: string, payload: object, options?: EnqueueOptions): Promise<void>
  /** The jobs of a name that wait or are at work; one that is not among them will never do anything again. */
  pending(name: string): Promise<PendingJob[]>
  work(name: string, options: { concurrency: number }, handler: JobHandler): Promise<void>
  /** Takes no more jobs and waits a while for those at work; one that it breaks off has lost no try. */
  stop(): Promise<void>
}

export type JobHandler = (payload: unknown, signal: AbortSignal) => Promise<void>

/** Where the queue lives: the engine itself, or a server, with connections of its own. */
export type QueueDatabase = { embedded: EmbeddedEngine } | { url: string }

const STOP_TIMEOUT_MS = 10_000
const POLLING_SECONDS = 1

export const createJobs = (
  database: QueueDatabase,
  { log, inSystem }: { log: Log; inSystem: Store['inSystem'] },
): Jobs => {
  let starting: Promise<PgBoss> | undefined
  const workers = new Map<string, string[]>()
  let isStopping = false
  const brokenOff: { id: string; retryCount: number }[] = []

  const started = (): Promise<PgBoss> => (starting ??= startQueue(database, log))

  /** A job of this process need not wait for the next look into the queue. */
  const wake = async (name: string): Promise<void> => {
    const boss = await starting
    for (const worker of workers.get(name) ?? []) boss?.notifyWorker(worker)
  }

  return {
    start: async () => void (await started()),
    enqueue: async (scope, name, payload, options = {}) => {
      await enqueue(scope, { name, payload, options })
      scope.afterCommit.push(() => void wake(name))
    },
    pending: (name) => inSystem((system) => listPendingJobs(system, name)),
    work: async (name, { concurrency }, handler) => {
      const boss = await started()
      await boss.createQueue(name, queueOptions)
      const settings = { batchSize: 1, localConcurrency: concurrency, pollingIntervalSeconds: POLLING_SECONDS }
      const worker = await boss.work(name, settings, async (jobs) => {
        for (const job of jobs) {
          const onAbort = (): void => void (isStopping && brokenOff.push(job))
          job.signal.addEventListener('abort', onAbort)
          try {
            await handler(job.data, job.signal)
          } catch (error) {
            log.warn({ job: name, id: job.id, reason: String(error) }, 'a job failed')
            throw error
          } finally {
            job.signal.removeEventListener('abort', onAbort) // the queue aborts it after the end, too
          }
        }
      })
      workers.set(name, [...(workers.get(name) ?? []), worker])
    },
    stop: async () => {
      if (!starting) return
      const boss = await starting.catch(() => undefined)
      starting = undefined
      isStopping = true
      await boss?.stop({ graceful: true, timeout: STOP_TIMEOUT_MS })
      isStopping = false
      const jobs = brokenOff.splice(0)
      if (jobs.length > 0) await inSystem((system) => putBackJobs(system, jobs)) // the queue counts them as failed
    },
  }
}

/** Makes the queue's own schema or brings it up to date. */
export const installQueue = async (database: QueueDatabase, log: Log): Promise<void> => {
  const boss = await createQueue(database, { log, migrate: true, serving: false })
  await boss.start()
  await boss.stop({ graceful: false })
}

const startQueue = async (database: QueueDatabase, log: Log): Promise<PgBoss> => {
  const isEmbedded = 'embedded' in database
  if (isEmbedded) await resumeInterrupted(database.embedded)
  const boss = await createQueue(database, { log, migrate: isEmbedded, serving: true })
  await boss.start()
  return boss
}

const createQueue = async (
  database: QueueDatabase,
  { log, migrate, serving }: { log: Log; migrate: boolean; serving: boolean },
): Promise<PgBoss> => {
  const { PgBoss } = await import('pg-boss')
  const boss = new PgBoss({
    ...('embedded' in database
      ? { db: adapter(database.embedded), backend: 'pglite', monitorVacuum: false, reindex: false }
      : { connectionString: database.url, max: 3, application_name: 'assay jobs' }),
    migrate,
    schedule: false,
    supervise: serving,
  })
  boss.on('error', (error) => log.warn({ reason: error.message }, 'the queue met an error'))
  return boss
}

/**
 * Only one process owns the embedded engine: a job that is at work when it opens lost its worker with the last owner.
 * That was a try, perhaps the one that ended the owner: with none left, the job has failed.
 */
const resumeInterrupted = async (engine: EmbeddedEngine): Promise<void> => {
  const turn = await engine.take()
  try {
    const sql = `
      update pgboss.job set
        state = case when retry_count < retry_limit then 'retry' else 'failed' end::pgboss.job_state,
        completed_on = case when retry_count < retry_limit then null else now() end,
        start_after = now()
      where state = 'active'
    `
    await turn.run([{ sql, parameters: [] }])
  } finally {
    turn.release()
  }
}

/** pg-boss on the embedded engine; what it sends without parameters may be several statements in one text. */
const adapter = (engine: EmbeddedEngine) => ({
  executeSql: async (text: string, values: unknown[] = []) => {
    const turn = await engine.take()
    try {
      const results = values.length > 0 ? await turn.run([{ sql: text, parameters: values }]) : await turn.script(text)
      return { rows: results.flatMap(({ rows }) => rows) }
    } catch (error) {
      await turn.script('rollback').catch(() => {}) // a failed block must not be left open for the next turn
      throw error
    } finally {
      turn.release()
    }
  },
})
