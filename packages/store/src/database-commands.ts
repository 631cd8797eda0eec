import type { Log, Secret } from '@assay/core'
import { migrateDatabase, type OpenDatabase, openDatabase } from './engine/open-database.ts'
import {
  compareMigrations,
  type MigrationEvent,
  migrationHistory,
  type MigrationStatus,
  migrationStatus,
  revertMigrations,
} from './migrations.ts'
import { checkIntegrity, type Finding } from './integrity.ts'

/** Which database a command is about; the embedded one must have no running owner. */
export type DatabasePlace = { dataDir: string; databaseUrl?: Secret | undefined; log: Log }

/** `assay db migrate`: applies what is pending, all or up to the named migration; answers what was applied. */
export const migrate = (place: DatabasePlace, { to }: { to?: string | undefined } = {}): Promise<string[]> =>
  withDatabase(place, (database) => migrateDatabase(database, { to, log: place.log }))

/** `assay db rollback`: takes back the last migration, or all after the named one; answers what was taken back. */
export const rollback = (
  place: DatabasePlace,
  { to, acceptLoss = false }: { to?: string | undefined; acceptLoss?: boolean } = {},
): Promise<string[]> =>
  withDatabase(place, ({ db }) => revertMigrations(db, { acceptLoss, ...(to === undefined ? {} : { to }) }))

/** `assay db status`: every migration and when it was applied. */
export const status = (place: DatabasePlace): Promise<MigrationStatus[]> =>
  withDatabase(place, ({ db }) => migrationStatus(db))

/** `assay db history`: everything that was done to the schema. */
export const history = (place: DatabasePlace): Promise<MigrationEvent[]> =>
  withDatabase(place, ({ db }) => migrationHistory(db))

/** `assay db check`: what does not agree with itself; empty when all does. */
export const checkDatabase = (place: DatabasePlace): Promise<Finding[]> =>
  withDatabase(place, async ({ db }) => {
    const { pending, unknown } = await compareMigrations(db)
    if (pending.length + unknown.length > 0) {
      return [
        {
          check: 'migrations',
          detail: `pending: ${pending.join(', ') || 'none'}; unknown: ${unknown.join(', ') || 'none'}`,
        },
      ]
    }
    return checkIntegrity(db)
  })

const withDatabase = async <Result>(
  place: DatabasePlace,
  work: (database: OpenDatabase) => Promise<Result>,
): Promise<Result> => {
  const database = await openDatabase(place)
  try {
    return await work(database)
  } finally {
    await database.close()
  }
}
