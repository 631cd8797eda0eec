import { groupAlert, groupEvents, type AlertedGroup, type FailureGroup, type MonitorAlert } from '@assay/core'
import type { WorkspaceScope } from '@assay/store'
import type { App } from '../app.ts'

type Needed = Pick<App, 'alerts'>

/** Where the newest failure of a group came from. */
export type Newest = { environment: string; release: string | null; tags: readonly string[] }

/** What became of a group with one more failure. */
export type GroupNews = { isNew: boolean; isReopened: boolean; isCritical: boolean }

/**
 * Tells what a failure did to its group, in the transaction that counted it. A muted group tells nothing. One that is
 * critical says so when it begins to be.
 */
export const tellOfGroup = async (
  app: Needed,
  scope: WorkspaceScope,
  { group, news, newest }: { group: AlertedGroup & Pick<FailureGroup, 'state'>; news: GroupNews; newest: Newest },
): Promise<void> => {
  if (group.state === 'muted') return
  const raised: MonitorAlert[] = [
    ...(news.isNew ? [groupAlert('group.new', group, newest)] : []),
    ...(news.isReopened ? [groupAlert('group.reopened', group, newest)] : []),
    ...(news.isCritical ? [groupAlert('group.critical', group, newest)] : []),
  ]
  for (const alert of raised) await app.alerts.raiseIn(scope, alert)
}

/** A group that is resolved, or has become part of another, is no news any more. */
export const endNewsOfGroup = async (app: Needed, scope: WorkspaceScope, groupId: string): Promise<void> => {
  for (const rule of groupEvents) await app.alerts.resolveIn(scope, { rule, object: groupId })
}
