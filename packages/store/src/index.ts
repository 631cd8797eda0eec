export * from './alerts.ts'
export * from './audit.ts'
export * from './bodies.ts'
export { encodeCursor, type PageOptions } from './cursor.ts'
export { findOwner, type Owner, socketPathOf } from './engine/lock.ts'
export { type DatabaseOptions, migrateDatabase, type OpenDatabase, openDatabase } from './engine/open-database.ts'
export * from './gateway-keys.ts'
export type { Jobs, JobHandler } from './jobs.ts'
export { checkDatabase, type Finding } from './integrity.ts'
export {
  type MigrationEvent,
  migrationHistory,
  type MigrationStatus,
  migrationStatus,
  newMigration,
  revertMigrations,
} from './migrations.ts'
export * from './monitor.ts'
export * from './open-store.ts'
export * from './regression-tests.ts'
export { findRequest, listRequests, type RequestQuery } from './requests.ts'
export * from './retention-settings.ts'
export * from './schedules.ts'
export type { SystemScope, WorkspaceScope } from './scope.ts'
export * from './suite.ts'
export * from './system/bodies.ts'
export * from './system/drain.ts'
export { type EnqueueOptions, type PendingJob } from './system/enqueue.ts'
export * from './system/gateway-keys.ts'
export * from './system/key-check.ts'
export { type DayTable, dayTables, dropPartitions, ensurePartitions } from './system/partitions.ts'
export * from './system/people.ts'
export { applyRetention } from './system/retention.ts'
export * from './system/schedules.ts'
export * from './value.ts'
export * from './vault.ts'
export { type Drain, type DrainOptions, startDrain } from './spool/drain.ts'
export type { SpoolRecord } from './spool/line.ts'
export { openSpool, type Spool, type SpoolOptions } from './spool/spool.ts'
