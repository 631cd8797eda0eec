import {
  COST_DAYS_BACK,
  DAY_MS,
  ERROR_WINDOW_MINUTES,
  HOUR_MS,
  judgeCost,
  judgeErrors,
  judgeLatency,
  MINUTE_MS,
  timestamp,
  type AlertEvent,
  type Judgement,
} from '@assay/core'
import {
  dailyCosts,
  listAlerts,
  modelLatencies,
  recentErrors,
  workspacesToWatch,
  type WorkspaceScope,
} from '@assay/store'
import type { App } from '../../app.ts'

const WATCHED = ['cost.high', 'errors.high', 'latency.high'] as const satisfies readonly AlertEvent[]
type Watched = (typeof WATCHED)[number]

/** Errors are looked at every minute, what moves by the hour less often. */
const LOOK_EVERY_MS = MINUTE_MS
const SLOW_LOOK_EVERY_MS = 5 * MINUTE_MS
/** Workspaces without traffic for so long have nothing new to look at. */
const QUIET_MS = 15 * MINUTE_MS
const LATENCY_DAYS_BACK = 7
const LONGEST_OBJECT = 200

type Parts = Pick<App, 'store' | 'alerts' | 'now' | 'log'>

/** Judges the traffic of all workspaces, every minute; answers how to stop. */
export const startTrafficWatch = (app: Parts): (() => Promise<void>) => {
  let busy: Promise<void> = Promise.resolve()
  let isBusy = false
  let slowAt = -Infinity
  const tick = (): void => {
    if (isBusy) return
    isBusy = true
    const isSlow = app.now() - slowAt >= SLOW_LOOK_EVERY_MS
    if (isSlow) slowAt = app.now()
    busy = watchTraffic(app, { events: isSlow ? WATCHED : ['errors.high'] })
      .catch((error: unknown) => app.log.error({ error }, 'traffic could not be judged'))
      .finally(() => (isBusy = false))
  }
  tick()
  const timer = setInterval(tick, LOOK_EVERY_MS)
  return async () => {
    clearInterval(timer)
    await busy
  }
}

/** Judges the traffic of every workspace that had some lately, raises what is found and ends what is over. */
export const watchTraffic = async (
  app: Parts,
  { events = WATCHED }: { events?: readonly Watched[] } = {},
): Promise<void> => {
  const since = timestamp(app.now() - QUIET_MS)
  const workspaces = await app.store.inSystem((system) => workspacesToWatch(system, { since, rules: WATCHED }))
  for (const workspaceId of workspaces) {
    await app.store.inWorkspace(workspaceId, async (scope) => {
      for (const event of events) {
        for (const { object, judgement } of await judges[event](scope, app.now())) {
          await settle(app, scope, { event, object, judgement })
        }
      }
    })
  }
}

const settle = async (
  { alerts }: Parts,
  scope: WorkspaceScope,
  { event, object, judgement }: { event: Watched; object: string; judgement: Judgement },
): Promise<void> => {
  if (judgement.state === 'high') await alerts.raiseIn(scope, { rule: event, object, ...judgement.found })
  else if (judgement.state === 'fine') await alerts.resolveIn(scope, { rule: event, object })
}

type Judged = { object: string; judgement: Judgement }

const judges: Record<Watched, (scope: WorkspaceScope, now: number) => Promise<Judged[]>> = {
  'cost.high': async (scope, now) => {
    const from = timestamp(startOf(now, DAY_MS) - COST_DAYS_BACK * DAY_MS)
    const costs = await dailyCosts(scope, { from })
    return [{ object: 'workspace', judgement: judgeCost({ today: timestamp(now).slice(0, 10), costs }) }]
  },
  'errors.high': async (scope, now) => {
    const from = timestamp(startOf(now, MINUTE_MS) - (ERROR_WINDOW_MINUTES - 1) * MINUTE_MS)
    return [{ object: 'workspace', judgement: judgeErrors(await recentErrors(scope, { from })) }]
  },
  'latency.high': async (scope, now) => {
    // The hour that runs has few answers at its beginning, so the one before it counts with it.
    const hour = startOf(now, HOUR_MS) - HOUR_MS
    const told = { from: timestamp(hour), to: timestamp(hour + 2 * HOUR_MS) }
    const hours = await modelLatencies(scope, told)
    const open = await listAlerts(scope, { rule: 'latency.high', state: 'open', limit: 200 })
    const models = [...new Set([...hours.keys(), ...open.items.map(({ object }) => object)])]
    const before = await modelLatencies(scope, {
      from: timestamp(hour - LATENCY_DAYS_BACK * DAY_MS),
      to: timestamp(hour),
      models,
    })
    return models.map((model) => ({
      object: model.slice(0, LONGEST_OBJECT),
      judgement: judgeLatency({ model, hour: hours.get(model) ?? [], before: before.get(model) ?? [] }),
    }))
  },
}

const startOf = (now: number, lengthMs: number): number => Math.floor(now / lengthMs) * lengthMs
