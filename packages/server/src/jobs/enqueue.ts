import type { WorkspaceScope } from '@assay/store'
import type { z } from 'zod'
import type { App } from '../app.ts'
import type { Job } from './define-job.ts'

/** Adds a job in the caller's transaction, so that it waits when, and only when, what asked for it is stored. */
export const enqueue = <Payload extends z.ZodObject>(
  { store }: Pick<App, 'store'>,
  scope: WorkspaceScope,
  { name, retryLimit }: Job<Payload>,
  payload: z.input<Payload>,
): Promise<void> => store.jobs.enqueue(scope, name, payload, { retryLimit })
