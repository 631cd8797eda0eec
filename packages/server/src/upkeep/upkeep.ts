import { DAY_MS, HOUR_MS, timestamp } from '@assay/core'
import { type DayTable, dayTables, dropPartitions } from '@assay/store'
import type { App } from '../app.ts'

/** Lets old days go, now and every hour; answers how to stop. */
export const startUpkeep = (app: Pick<App, 'store' | 'now' | 'log'>): (() => void) => {
  const tick = (): void => {
    dropOldDays(app).catch((error: unknown) => app.log.error({ error }, 'old days could not be dropped'))
  }
  tick()
  const timer = setInterval(tick, HOUR_MS)
  return () => clearInterval(timer)
}

/** Retention is a partition dropped, never a row deleted. */
export const dropOldDays = async ({ store, now, log }: Pick<App, 'store' | 'now' | 'log'>): Promise<void> => {
  for (const [table, { keepDays }] of Object.entries(dayTables) as [DayTable, { keepDays: number }][]) {
    const day = timestamp(now() - keepDays * DAY_MS).slice(0, 10)
    const dropped = await store.inSystem((system) => dropPartitions(system, { table, day }))
    if (dropped.length > 0) log.info({ dropped }, 'old days were dropped')
  }
}
