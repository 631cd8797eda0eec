export * from './client.ts'
export * from './client-error.ts'
export * from './events.ts'
export type { FailureContext } from './report-of-error.ts'
