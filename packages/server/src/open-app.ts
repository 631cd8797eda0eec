import type { Config, Log } from '@assay/core'
import type { App } from './app.ts'

/** What a start may be given instead of the real thing, and what it may leave out. */
export type OpenOptions = {
  log: Log
  now?: () => number
  randomBytes?: (size: number) => Uint8Array
  /** Jobs, schedules and upkeep; a command that only reads does without. */
  background?: boolean
}

/**
 * Opens the data and puts the service together, not listening yet. The store comes first and alone, because its
 * engine starts in a thread of its own while this one loads the rest of the program.
 */
export const composeApp = async (config: Config, options: OpenOptions): Promise<App> => {
  const { openStore } = await import('@assay/store')
  const opening = openStore({
    dataDir: config.ASSAY_DATA,
    log: options.log,
    ...(config.DATABASE_URL ? { databaseUrl: config.DATABASE_URL } : {}),
  })
  opening.catch(() => {}) // is awaited below; the program must not end before
  const { putTogether } = await import('./compose.ts')
  return putTogether(config, { ...options, store: await opening })
}
