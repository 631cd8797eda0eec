import { MINUTE_MS, timestamp } from '@assay/core'
import { dueAtOf, endGraces, listDueCredentials } from '@assay/store'
import type { App } from '../app.ts'

const LOOKED_AT_EVERY_MS = MINUTE_MS
/** So long before a secret is due its workspace hears of it. */
const TOLD_BEFORE_DAYS = 7

type Parts = Pick<App, 'store' | 'credentials' | 'alerts' | 'now' | 'log'>

/** Ends graces and tells of secrets that are due, now and every minute; answers how to stop. */
export const startVaultUpkeep = (app: Parts): (() => void) => {
  const tick = (): void => {
    lookAfterCredentials(app).catch((error: unknown) =>
      app.log.error({ error }, 'credentials could not be looked after'),
    )
  }
  tick()
  const timer = setInterval(tick, LOOKED_AT_EVERY_MS)
  return () => clearInterval(timer)
}

/** Overwrites secrets whose grace is over, and raises an alert for each that its policy calls old. */
export const lookAfterCredentials = async ({ store, credentials, alerts, now }: Parts): Promise<void> => {
  for (const { workspaceId } of await store.inSystem((system) => endGraces(system, { now: timestamp(now()) }))) {
    credentials.forget(workspaceId)
  }
  const due = await store.inSystem((system) => listDueCredentials(system, { now: now(), withinDays: TOLD_BEFORE_DAYS }))
  for (const row of due) {
    const { id, workspaceId, provider, name, secretSetAt, maxAgeDays } = row
    const dueAt = dueAtOf(row)
    const isLate = dueAt !== null && Date.parse(dueAt) <= now()
    await alerts.raise(workspaceId, {
      rule: 'credential.due',
      object: id,
      severity: isLate ? 'warning' : 'info',
      title: `The secret of ${name} (${provider}) ${isLate ? 'is older than its policy allows' : 'is due to be replaced'}`,
      details: { provider, name, secretSetAt, maxAgeDays, dueAt },
    })
  }
}
