import {
  groupAlert,
  HOUR_MS,
  isRateHigh,
  LEAST_AN_HOUR,
  MINUTE_MS,
  timestamp,
  usualRate,
  type GroupEvent,
} from '@assay/core'
import { busyGroups, findFailureGroup, listAlerts, workspacesWithFailures, type WorkspaceScope } from '@assay/store'
import type { App } from '../../app.ts'

const LOOK_EVERY_MS = MINUTE_MS
const DAYS_OF_A_WEEK = 7

type Parts = Pick<App, 'store' | 'alerts' | 'now' | 'log'>

/** Looks every minute whether a group fails more often than is usual for it; answers how to stop. */
export const startGroupWatch = (app: Parts): (() => Promise<void>) => {
  let busy: Promise<void> = Promise.resolve()
  let isBusy = false
  const tick = (): void => {
    if (isBusy) return
    isBusy = true
    busy = watchGroups(app)
      .catch((error: unknown) => app.log.error({ error }, 'the rate of failures could not be judged'))
      .finally(() => (isBusy = false))
  }
  tick()
  const timer = setInterval(tick, LOOK_EVERY_MS)
  return async () => {
    clearInterval(timer)
    await busy
  }
}

/** Raises `group.rate` where the last hour is unusual, and ends it and `group.critical` where they hold no more. */
export const watchGroups = async (app: Parts): Promise<void> => {
  const since = timestamp(app.now() - HOUR_MS)
  for (const workspaceId of await app.store.inSystem((system) => workspacesWithFailures(system, { since }))) {
    await app.store.inWorkspace(workspaceId, (scope) => judgeGroups(app, scope, since))
  }
}

const judgeGroups = async (app: Parts, scope: WorkspaceScope, since: string): Promise<void> => {
  const high = new Set<string>()
  for (const { groupId, lastHour, environment, release, tags } of await busyGroups(scope, {
    since,
    least: LEAST_AN_HOUR,
  })) {
    const group = await findFailureGroup(scope, groupId)
    if (group === null || group.state === 'muted') continue
    const lastWeek = group.daily.slice(-1 - DAYS_OF_A_WEEK, -1).reduce((sum, day) => sum + day, 0)
    if (!isRateHigh({ lastHour, lastWeek })) continue
    high.add(group.id)
    const usualAnHour = usualRate(lastWeek)
    await app.alerts.raiseIn(
      scope,
      groupAlert('group.rate', group, { environment, release, tags }, { lastHour, usualAnHour }),
    )
  }
  for (const object of await openObjects(scope, 'group.rate')) {
    if (!high.has(object)) await app.alerts.resolveIn(scope, { rule: 'group.rate', object })
  }
  for (const object of await openObjects(scope, 'group.critical')) {
    const group = await findFailureGroup(scope, object)
    if (group?.severity !== 'critical') await app.alerts.resolveIn(scope, { rule: 'group.critical', object })
  }
}

const openObjects = async (scope: WorkspaceScope, rule: GroupEvent): Promise<string[]> => {
  const { items } = await listAlerts(scope, { rule, state: 'open', limit: 200 })
  return items.map(({ object }) => object)
}
