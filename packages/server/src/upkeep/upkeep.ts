import { DAY_MS, HOUR_MS, timestamp } from '@assay/core'
import { dayTables, dropPartitions, ensurePartitions } from '@assay/store'
import type { App } from '../app.ts'

/** Makes tomorrow's partitions in time and lets the old ones go, now and every hour; answers how to stop. */
export const startUpkeep = (app: Pick<App, 'store' | 'now' | 'log'>): (() => void) => {
  const tick = (): void => {
    keepUp(app).catch((error: unknown) => app.log.error({ error }, 'the partitions could not be kept up'))
  }
  tick()
  const timer = setInterval(tick, HOUR_MS)
  return () => clearInterval(timer)
}

const keepUp = async ({ store, now }: Pick<App, 'store' | 'now'>): Promise<void> => {
  await store.inSystem((system) => ensurePartitions(system, { now: timestamp(now()) }))
  for (const [table, { keepDays }] of Object.entries(dayTables)) {
    const day = timestamp(now() - keepDays * DAY_MS).slice(0, 10)
    await store.inSystem((system) => dropPartitions(system, { table: table as keyof typeof dayTables, day }))
  }
}
