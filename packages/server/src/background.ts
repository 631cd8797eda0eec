import type { App } from './app.ts'
import { startWork } from './jobs/work.ts'
import { startDelivery } from './monitor/alerts/notify/deliver.ts'
import { startExperimentWatch } from './monitor/learn/traffic-experiments.ts'
import { startScheduler } from './monitor/schedules/scheduler.ts'
import { startGroupWatch } from './monitor/alerts/watch-groups.ts'
import { startTrafficWatch } from './monitor/alerts/watch-traffic.ts'
import { startUpkeep } from './upkeep/upkeep.ts'
import { startVaultUpkeep } from './vault/upkeep.ts'

/**
 * Everything that goes on without a request: jobs, schedules, upkeep. It starts after the service can answer, because
 * none of it is needed for that.
 */
export const startBackground = (app: App): { stop: () => Promise<void> } => {
  const stops: (() => unknown)[] = []
  const roles = new Set(app.config.ASSAY_ROLES)
  const start = async (): Promise<void> => {
    await startWork(app)
    if (app.stopping.aborted || !roles.has('scheduler')) return
    stops.push(
      startScheduler(app),
      startUpkeep(app),
      startVaultUpkeep(app),
      startTrafficWatch(app),
      startGroupWatch(app),
      startExperimentWatch(app),
      startDelivery(app),
    )
  }
  const started = start().catch((error: unknown) => app.log.error({ error }, 'the background work did not start'))
  return {
    stop: async () => {
      await started
      for (const stop of stops) await stop()
      await app.store.jobs.stop()
    },
  }
}
