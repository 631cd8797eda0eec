import { DAY_MS, isEnded, timestamp, type Run } from '@assay/core'
import { findRun, listRuns, updateRun } from '@assay/store'
import { z } from 'zod'
import type { App } from '../../app.ts'
import { readAll } from '../../read-all.ts'
import { runSuiteJob } from '../../suite/execute-suite.ts'
import { runRegressionTestsJob } from './execute-run.ts'

type Needed = Pick<App, 'store' | 'now' | 'log'>

/** So long an upload may take. */
const LONGEST_UPLOAD_MS = DAY_MS

/** Ends the runs that nothing will ever end, such as those whose last try was cut: they would be waited for for ever. */
export const closeAbandonedRuns = async ({ store, now, log }: Needed, workspaceId: string): Promise<void> => {
  const open = await store.inWorkspace(workspaceId, async (scope) => {
    const queued = await readAll((page) => listRuns(scope, { ...page, status: 'queued' }))
    return [...queued, ...(await readAll((page) => listRuns(scope, { ...page, status: 'running' })))]
  })
  if (open.length === 0) return
  // Asked after the runs: a job that is gone by now has written how its run ended.
  const pending = await runsOfJobs(store)
  for (const { id } of open.filter((run) => isAbandoned(run, { pending, now: now() }))) {
    await store.inWorkspace(workspaceId, async (scope) => {
      const run = await findRun(scope, id)
      if (run === null || isEnded(run)) return
      await updateRun(scope, { id, status: 'failed', error: reasonOf(run), finishedAt: timestamp(now()) })
    })
    log.warn({ runId: id }, 'a run without a job was closed')
  }
}

const RunPayload = z.object({ runId: z.string() })

const runsOfJobs = async (store: App['store']): Promise<Set<string>> => {
  const jobs = [
    ...(await store.jobs.pending(runRegressionTestsJob.name)),
    ...(await store.jobs.pending(runSuiteJob.name)),
  ]
  return new Set(jobs.flatMap(({ payload }) => RunPayload.safeParse(payload).data?.runId ?? []))
}

const isAbandoned = (run: Run, { pending, now }: { pending: ReadonlySet<string>; now: number }): boolean =>
  run.provenance === 'self_reported' ? Date.parse(run.createdAt) < now - LONGEST_UPLOAD_MS : !pending.has(run.id)

const reasonOf = ({ provenance }: Run): string =>
  provenance === 'self_reported'
    ? 'The upload did not come to its end within a day; send it again.'
    : 'The run was cut short and its job is gone; start it again.'
