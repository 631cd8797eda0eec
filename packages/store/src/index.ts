export * from './alert-channels.ts'
export * from './alert-deliveries.ts'
export * from './alert-rules.ts'
export * from './alerts.ts'
export * from './audit.ts'
export * from './bodies.ts'
export * from './budget-leases.ts'
export * from './budgets.ts'
export * from './cache.ts'
export * from './changes.ts'
export { encodeCursor, type PageOptions } from './cursor.ts'
export { findOwner, type Owner, socketPathOf } from './engine/lock.ts'
export { type DatabaseOptions, migrateDatabase, type OpenDatabase, openDatabase } from './engine/open-database.ts'
export * from './data-keys.ts'
export * from './experiments.ts'
export * from './executions.ts'
export * from './feedback.ts'
export * from './gateway-keys.ts'
export * from './golden-cases.ts'
export * from './gates.ts'
export * from './guards.ts'
export * from './idempotency.ts'
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
export * from './model-names.ts'
export * from './monitor.ts'
export * from './monitor-settings.ts'
export * from './near-duplicates.ts'
export * from './open-store.ts'
export * from './rates.ts'
export * from './prices.ts'
export * from './record-failures.ts'
export {
  createRegressionTest,
  findRegressionTest,
  insertRegressionTest,
  listRegressionTests,
  lockRegressionTest,
  replaceRegressionTest,
  saveRegressionTest,
  setTestStatus,
} from './regression-tests.ts'
export { findRequest, listRequests, type RequestQuery } from './requests.ts'
export * from './retention-settings.ts'
export * from './failure-rates.ts'
export * from './schedules.ts'
export type { SystemScope, WorkspaceScope } from './scope.ts'
export * from './runs.ts'
export * from './results.ts'
export * from './suites.ts'
export * from './system/alerts.ts'
export * from './system/bodies.ts'
export * from './system/credentials.ts'
export * from './system/data-keys.ts'
export * from './system/cache.ts'
export * from './system/budgets.ts'
export * from './system/drain.ts'
export { countJobs, type EnqueueOptions, type PendingJob } from './system/enqueue.ts'
export * from './system/gateway-keys.ts'
export * from './system/key-check.ts'
export { type DayTable, dayTables, dropPartitions, ensurePartitions } from './system/partitions.ts'
export * from './system/people.ts'
export { applyRetention } from './system/retention.ts'
export * from './system/schedules.ts'
export * from './usage-report.ts'
export * from './value.ts'
export * from './test-metrics.ts'
export * from './test-suggestions.ts'
export * from './test-trends.ts'
export * from './traffic-figures.ts'
export * from './vault.ts'
export * from './workspaces.ts'
export { type Drain, type DrainOptions, startDrain } from './spool/drain.ts'
export type { BudgetHold, SpoolRecord } from './spool/line.ts'
export { openSpool, type Spool, type SpoolOptions } from './spool/spool.ts'
export { version } from './version.ts'
