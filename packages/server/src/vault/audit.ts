import * as stored from '@assay/store'
import type { AuditEntry, WorkspaceScope } from '@assay/store'
import { actorOf } from '../http/caller.ts'
import type { Exchange } from '../http/implement.ts'

/** A line of the audit trail with who did it, over which request and from where. */
export const auditOf = (
  { caller, requestId, remoteAddress }: Exchange,
  entry: Omit<AuditEntry, 'actor' | 'ip' | 'requestId'>,
): AuditEntry => ({
  ...entry,
  actor: actorOf(caller),
  requestId,
  ...(remoteAddress === null ? {} : { ip: remoteAddress }),
})

/** Writes a change of a credential down, and tells the other processes of it. */
export const note = async (
  exchange: Exchange,
  scope: WorkspaceScope,
  entry: Omit<AuditEntry, 'actor' | 'ip' | 'requestId'>,
): Promise<void> => {
  await stored.appendAudit(scope, auditOf(exchange, entry))
  await stored.announce(scope, { kind: 'credential', workspaceId: scope.workspaceId, id: entry.target })
}

/** Lets the next call see a change, and the pages of the workspace too. */
export const announce = ({ app, member }: Exchange, id: string): void => {
  const { workspaceId } = member()
  app.credentials.forget(workspaceId)
  app.breakers.forget(id)
  app.events.publish(workspaceId, { topic: 'keys', type: 'credential.changed', id })
}
