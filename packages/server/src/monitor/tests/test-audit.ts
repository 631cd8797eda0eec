import { AssayError, targetText, type RegressionTest } from '@assay/core'
import * as stored from '@assay/store'
import { actorOf } from '../../http/caller.ts'
import type { Exchange } from '../../http/implement.ts'

/** The test, or the answer that an id of nobody and one of somebody else get alike. */
export const requireTest = async (
  scope: stored.WorkspaceScope,
  id: string,
  { forUpdate = false }: { forUpdate?: boolean } = {},
): Promise<RegressionTest> => {
  const test = await (forUpdate ? stored.lockRegressionTest(scope, id) : stored.findRegressionTest(scope, id))
  if (test === null) throw new AssayError('resource.not_found', { what: 'regression test', id })
  return test
}

/** Says in the audit trail what was done to a test, without what it asks. */
export const noteTest = (
  scope: stored.WorkspaceScope,
  { app, caller, requestId }: Exchange,
  { action, before, after }: { action: string; before?: RegressionTest; after: RegressionTest },
): Promise<void> =>
  stored.appendAudit(scope, {
    at: app.nowIso(),
    actor: actorOf(caller),
    action,
    target: after.id,
    ...(before && { before: toldOf(before) }),
    after: toldOf(after),
    requestId,
  })

const toldOf = ({ name, kind, state, version, target, isActive, quarantine }: RegressionTest) => ({
  name,
  kind,
  state,
  version,
  target: targetText(target),
  isActive,
  quarantinedUntil: quarantine?.endedAt === null ? quarantine.until : null,
})
