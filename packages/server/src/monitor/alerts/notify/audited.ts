import { AssayError, timestamp } from '@assay/core'
import { appendAudit, type AuditEntry, type WorkspaceScope } from '@assay/store'
import { actorOf } from '../../../http/caller.ts'
import type { Exchange } from '../../../http/implement.ts'

/** Writes a change of who is told of alerts into the audit trail, in the transaction of the change. */
export const noteChange = async (
  { app, caller, requestId, remoteAddress }: Exchange,
  scope: WorkspaceScope,
  entry: Pick<AuditEntry, 'action' | 'target' | 'before' | 'after'>,
): Promise<void> => {
  const ip = remoteAddress === null ? {} : { ip: remoteAddress }
  await appendAudit(scope, { ...entry, at: timestamp(app.now()), actor: actorOf(caller), requestId, ...ip })
}

/** Throws when another of its kind has the name. */
export const refuseTwin = (
  what: string,
  others: readonly { id: string; name: string }[],
  { id, name }: { id: string; name: string },
): void => {
  if (others.some((other) => other.name === name && other.id !== id)) {
    throw new AssayError('alerts.name_taken', { what, name })
  }
}
