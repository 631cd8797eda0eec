import { sql } from 'kysely'
import { json } from '../schema.ts'
import type { WorkspaceScope } from '../scope.ts'
import { asOwner } from './roles.ts'

/** When and how often a job is tried. */
export type EnqueueOptions = {
  /** Not before so many milliseconds. */
  delayMs?: number
  retryLimit?: number
  /** While a job with this key waits, another one is not added. */
  singletonKey?: string
}

/** What every queue is made with; a job that loses its worker waits for the heartbeat and is then tried again. */
export const queueOptions = {
  policy: 'standard',
  retryLimit: 3,
  retryDelay: 5,
  retryBackoff: true,
  expireInSeconds: 3_600,
  heartbeatSeconds: 60,
} as const

/**
 * Adds a job in the caller's transaction: it exists when, and only when, the change that asked for it does. Written
 * as pg-boss writes its own jobs, so that no worker has to run in this process.
 */
export const enqueue = (
  scope: Pick<WorkspaceScope, 'db'>,
  job: { name: string; payload: object; options?: EnqueueOptions },
): Promise<void> =>
  asOwner(scope, async (owner) => {
    const db = owner.withoutPlugins()
    const { name, payload, options = {} } = job
    const { delayMs = 0, retryLimit = null, singletonKey = null } = options
    await sql`select pgboss.create_queue(${name}, ${json({ ...queueOptions, partition: false })}::jsonb)
      where not exists (select 1 from pgboss.queue where name = ${name})`.execute(db)
    await sql`
      insert into pgboss.job (
        name, data, singleton_key, start_after, keep_until, expire_seconds, deletion_seconds,
        retry_limit, retry_delay, retry_backoff, retry_delay_max, policy, dead_letter, heartbeat_seconds
      )
      select
        name, ${json(payload)}::jsonb, ${singletonKey}::text, now() + ${delayMs}::float8 * interval '1 millisecond',
        now() + ${delayMs}::float8 * interval '1 millisecond' + retention_seconds * interval '1 second',
        expire_seconds, deletion_seconds, coalesce(${retryLimit}::int, retry_limit), retry_delay, retry_backoff,
        retry_delay_max, policy, dead_letter, heartbeat_seconds
      from pgboss.queue where name = ${name}
      on conflict do nothing
    `.execute(db)
  })

/** A job of the queue that waits or is at work. */
export type PendingJob = { id: string; payload: unknown }

/** The jobs of one name that may still do something: those that wait, also for another try, and those at work. */
export const listPendingJobs = (scope: Pick<WorkspaceScope, 'db'>, name: string): Promise<PendingJob[]> =>
  asOwner(scope, async (owner) => {
    const { rows } = await sql<PendingJob>`
      select id, data as payload from pgboss.job where name = ${name} and state < 'completed' order by created_on, id
    `.execute(owner.withoutPlugins())
    return rows
  })

/** How many jobs of each name are in each state. */
export const countJobs = (
  scope: Pick<WorkspaceScope, 'db'>,
): Promise<{ name: string; state: string; count: number }[]> =>
  asOwner(scope, async (owner) => {
    const { rows } = await sql<{ name: string; state: string; count: number }>`
      select name, state::text as state, count(*)::int as count from pgboss.job group by 1, 2 order by 1, 2
    `.execute(owner.withoutPlugins())
    return rows
  })

/** Puts jobs that a stop broke off back into their queue as if they had not been taken; one that was taken since stays. */
export const putBackJobs = (
  scope: Pick<WorkspaceScope, 'db'>,
  jobs: readonly { id: string; retryCount: number }[],
): Promise<void> =>
  asOwner(scope, async (owner) => {
    for (const { id, retryCount } of jobs) {
      await sql`
        update pgboss.job
        set state = 'retry', start_after = now(), started_on = null, completed_on = null, heartbeat_on = null
        where id = ${id}::uuid and retry_count = ${retryCount} and state in ('retry', 'failed')
      `.execute(owner.withoutPlugins())
    }
  })
