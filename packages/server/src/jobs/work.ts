import type { App } from '../app.ts'
import { runExperimentJob } from '../monitor/learn/run-experiment.ts'
import { runRegressionTestsJob } from '../monitor/runs/execute-run.ts'
import { runSuiteJob } from '../suite/execute-suite.ts'
import type { Job } from './define-job.ts'

/** Every kind of job this service does. */
const jobs: readonly Job[] = [runRegressionTestsJob, runSuiteJob, runExperimentJob]

/** What the jobs of this version are called. */
export const jobNames: ReadonlySet<string> = new Set(jobs.map(({ name }) => name))

/** Begins to take jobs from the queue; ends with the application. */
export const startWork = async (app: App): Promise<void> => {
  if (!app.config.ASSAY_ROLES.includes('worker')) return
  await app.store.jobs.start()
  for (const job of jobs) {
    await app.store.jobs.work(job.name, { concurrency: job.concurrency }, async (payload, signal) => {
      const parsed = job.payload.parse(payload)
      await job.run(app, parsed, AbortSignal.any([signal, app.stopping]))
    })
  }
}
