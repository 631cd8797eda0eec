import { type Alert, timestamp } from '@assay/core'
import { type AlertChange, raiseAlert, type RaisedAlert, resolveAlert, type WorkspaceScope } from '@assay/store'
import type { App } from '../../app.ts'

/** What watches the service says so here; pages hear of it at once, people by the notices that lie with the alert. */
export type Alerts = {
  raise(workspaceId: string, raised: Omit<RaisedAlert, 'at'>): Promise<AlertChange>
  resolve(workspaceId: string, over: Pick<Alert, 'rule' | 'object'>): Promise<AlertChange | null>
  /** The same in a transaction that is open already. */
  raiseIn(scope: WorkspaceScope, raised: Omit<RaisedAlert, 'at'>): Promise<AlertChange>
  resolveIn(scope: WorkspaceScope, over: Pick<Alert, 'rule' | 'object'>): Promise<AlertChange | null>
}

/** Alerts with their live notices. */
export const createAlerts = ({ store, events, now }: Pick<App, 'store' | 'events' | 'now'>): Alerts => {
  /** Only what was committed is told. */
  const tell = <Change extends AlertChange | null>(scope: WorkspaceScope, change: Change): Change => {
    const { workspaceId, afterCommit } = scope
    if (change?.notice) {
      const { alert, notice } = change
      afterCommit.push(() => events.publish(workspaceId, { topic: 'alerts', type: `alert.${notice}`, id: alert.id }))
    }
    return change
  }
  const raiseIn: Alerts['raiseIn'] = async (scope, raised) =>
    tell(scope, await raiseAlert(scope, { ...raised, at: timestamp(now()) }))
  const resolveIn: Alerts['resolveIn'] = async (scope, over) =>
    tell(scope, await resolveAlert(scope, { ...over, at: timestamp(now()) }))
  return {
    raiseIn,
    resolveIn,
    raise: (workspaceId, raised) => store.inWorkspace(workspaceId, (scope) => raiseIn(scope, raised)),
    resolve: (workspaceId, over) => store.inWorkspace(workspaceId, (scope) => resolveIn(scope, over)),
  }
}
