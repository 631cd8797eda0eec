import type { z } from 'zod'
import type { App } from '../app.ts'

/** Work that waits in the queue. It may be done twice, after a crash or a lost lease, and must then change nothing. */
export type Job<Payload extends z.ZodType = z.ZodType> = {
  name: string
  payload: Payload
  /** How many of them one process does at once. */
  concurrency: number
  /** How often it is tried again, each time after a longer pause. */
  retryLimit: number
  run(app: App, payload: z.output<Payload>, signal: AbortSignal): Promise<void>
}

/** Writes a job down, keeping the type of its payload. */
export const defineJob = <Payload extends z.ZodType>(job: Job<Payload>): Job<Payload> => job
