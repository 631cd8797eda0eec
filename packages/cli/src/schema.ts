import { readConfig, silentLog } from '@assay/core'
import {
  checkDatabase,
  type Finding,
  migrateDatabase,
  type MigrationEvent,
  migrationHistory,
  type MigrationStatus,
  migrationStatus,
  openDatabase,
  revertMigrations,
} from '@assay/store'
import type { Terminal } from './terminal/terminal.ts'

/** What can be done to an open database beside working with it. */
export type Schema = {
  migrate: (to: string | undefined) => Promise<string[]>
  rollBack: (options: { to: string | undefined; acceptLoss: boolean }) => Promise<string[]>
  status: () => Promise<MigrationStatus[]>
  history: () => Promise<MigrationEvent[]>
  /** What contradicts itself; empty when all agrees. */
  check: () => Promise<Finding[]>
}

/** Opens the database as it is, lets something be done to it, and closes it. A running owner keeps it closed. */
export const inSchema = async <Result>(
  { environment }: Pick<Terminal, 'environment'>,
  work: (schema: Schema) => Promise<Result>,
): Promise<Result> => {
  const { ASSAY_DATA: dataDir, DATABASE_URL: databaseUrl } = readConfig(environment)
  const database = await openDatabase({ dataDir, databaseUrl, log: silentLog })
  try {
    return await work({
      migrate: (to) => migrateDatabase(database, { to, log: silentLog }),
      rollBack: ({ to, acceptLoss }) =>
        revertMigrations(database.db, { acceptLoss, ...(to === undefined ? {} : { to }) }),
      status: () => migrationStatus(database.db),
      history: () => migrationHistory(database.db),
      check: () => checkDatabase(database),
    })
  } finally {
    await database.close()
  }
}
