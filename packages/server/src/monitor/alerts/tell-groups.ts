import { groupAlert, groupEvents, type GroupEvent } from '@assay/core'
import type { FailureToRecord, RecordedFailure, WorkspaceScope } from '@assay/store'
import type { App } from '../../app.ts'

type Needed = Pick<App, 'alerts'>

/**
 * Tells what failures did to their groups, in the transaction that counted them: of each group as its newest failure
 * left it. A muted group tells nothing.
 */
export const tellOfGroups = async (
  { alerts }: Needed,
  scope: WorkspaceScope,
  { recorded, failures }: { recorded: readonly RecordedFailure[]; failures: readonly FailureToRecord[] },
): Promise<void> => {
  const fresh = recorded.flatMap((one, place) => (one.duplicate ? [] : [{ ...one, failure: failures[place]!.failure }]))
  for (const members of Map.groupBy(fresh, ({ group }) => group.id).values()) {
    const { group, failure } = members.at(-1)!
    if (group.state === 'muted') continue
    const news = new Set(members.map((one) => one.news))
    const events: GroupEvent[] = [
      ...(news.has('new') ? (['group.new'] as const) : []),
      ...(news.has('reopened') ? (['group.reopened'] as const) : []),
      // Whatever made it so: the failure itself, or how many it hits.
      ...(group.severity === 'critical' && group.state !== 'resolved' ? (['group.critical'] as const) : []),
    ]
    for (const event of events) await alerts.raiseIn(scope, groupAlert(event, group, failure))
  }
}

/** A group that is resolved, or has become part of another, is no news any more. */
export const endNewsOfGroup = async ({ alerts }: Needed, scope: WorkspaceScope, groupId: string): Promise<void> => {
  for (const rule of groupEvents) await alerts.resolveIn(scope, { rule, object: groupId })
}
