import { timestamp } from '@assay/core'
import { findRun, listRuns, updateRun } from '@assay/store'
import type { App } from '../app.ts'
import { readAll } from '../read-all.ts'
import { runRegressionTestsJob } from './execute-run.ts'

type Needed = Pick<App, 'store' | 'now' | 'log'>

/** Ends the runs that no job will ever end, such as those whose last try was cut: they would be waited for for ever. */
export const closeAbandonedRuns = async ({ store, now, log }: Needed, workspaceId: string): Promise<void> => {
  const runs = await store.inWorkspace(workspaceId, (scope) => readAll((page) => listRuns(scope, page)))
  const open = runs.filter(isOpen)
  if (open.length === 0) return
  // Asked after the runs: a job that is gone by now has written how its run ended.
  const jobs = await store.jobs.pending(runRegressionTestsJob.name)
  const pending = new Set(jobs.map(({ payload }) => runRegressionTestsJob.payload.safeParse(payload).data?.runId))
  for (const { id } of open.filter((run) => !pending.has(run.id))) {
    await store.inWorkspace(workspaceId, async (scope) => {
      const run = await findRun(scope, id)
      if (run === null || !isOpen(run)) return
      const error = 'The run was cut short and its job is gone; start it again.'
      await updateRun(scope, { id, status: 'failed', error, finishedAt: timestamp(now()) })
    })
    log.warn({ runId: id }, 'a run without a job was closed')
  }
}

const isOpen = ({ status }: { status: string }): boolean => status === 'queued' || status === 'running'
