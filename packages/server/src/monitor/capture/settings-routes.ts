import { getMonitorSettings, timestamp, updateMonitorSettings } from '@assay/core'
import { announce, appendAudit, readMonitorSettings, writeMonitorSettings } from '@assay/store'
import { actorOf } from '../../http/caller.ts'
import { implement } from '../../http/implement.ts'

export const onGetMonitorSettings = implement(getMonitorSettings, ({ inWorkspace }) => inWorkspace(readMonitorSettings))

/** Counts for the failures that come from now on. */
export const onUpdateMonitorSettings = implement(updateMonitorSettings, async (exchange, { body }) => {
  const { app, inWorkspace, requestId } = exchange
  const updatedAt = timestamp(app.now())
  const changed = await inWorkspace(async (scope) => {
    const { updatedAt: _, ...before } = await readMonitorSettings(scope)
    const after = {
      bodies: body.bodies ?? before.bodies,
      threshold: body.threshold ?? before.threshold,
      countBy: body.countBy ?? before.countBy,
    }
    await writeMonitorSettings(scope, { ...after, updatedAt })
    await appendAudit(scope, {
      at: updatedAt,
      actor: actorOf(exchange.caller),
      action: 'monitor_settings.update',
      target: scope.workspaceId,
      before,
      after,
      requestId,
    })
    await announce(scope, { kind: 'monitor', workspaceId: scope.workspaceId, id: scope.workspaceId })
    return { ...after, updatedAt }
  })
  app.wishes.forget(exchange.member().workspaceId)
  return changed
})
