import {
  AssayError,
  createSuite,
  getSuite,
  listSuiteCases,
  listSuites,
  removeSuite,
  replaceSuite,
  type StoredSuite,
} from '@assay/core'
import * as stored from '@assay/store'
import { actorOf } from '../http/caller.ts'
import { implement, type Exchange } from '../http/implement.ts'
import { once } from '../http/once.ts'

export const onListSuites = implement(listSuites, ({ inWorkspace }, { query }) =>
  inWorkspace((scope) => stored.listSuites(scope, query)),
)

export const onCreateSuite = implement(createSuite, (exchange, { body }) =>
  once(exchange, { contract: createSuite, input: body }, async () => {
    const kept = await exchange.app.suites.keep(body)
    return async (scope) => {
      const { createId, nowIso } = exchange.app
      const at = nowIso()
      const suite: StoredSuite = { ...kept.suite, id: createId(), createdAt: at, updatedAt: at }
      if (!(await stored.insertSuite(scope, { ...kept, suite }))) {
        throw new AssayError('suite.name_taken', { name: suite.name })
      }
      await note(scope, exchange, { action: 'suite.create', suite })
      return suite
    }
  }),
)

export const onGetSuite = implement(getSuite, ({ inWorkspace }, { params: { id } }) =>
  inWorkspace(async (scope) => {
    const suite = await requireSuite(scope, id)
    return { ...suite, source: (await stored.findSource(scope, suite.sourceHash)) ?? '' }
  }),
)

export const onReplaceSuite = implement(replaceSuite, async (exchange, { params: { id }, body }) => {
  const before = await exchange.inWorkspace((scope) => requireSuite(scope, id))
  const kept = await exchange.app.suites.keep({ ...body, name: body.name ?? before.name })
  return exchange.inWorkspace(async (scope) => {
    const other = await stored.findSuite(scope, { name: kept.suite.name })
    if (other !== null && other.id !== id) throw new AssayError('suite.name_taken', { name: other.name })
    const { createdAt, packageVersionId } = before
    const suite: StoredSuite = { ...kept.suite, id, createdAt, packageVersionId, updatedAt: exchange.app.nowIso() }
    const replaced = await stored.replaceSuite(scope, { ...kept, suite })
    if (replaced === null) throw new AssayError('resource.not_found', { what: 'suite', id })
    await note(scope, exchange, { action: 'suite.replace', suite: replaced, before })
    return replaced
  })
})

export const onRemoveSuite = implement(removeSuite, (exchange, { params: { id } }) =>
  exchange.inWorkspace(async (scope) => {
    const suite = await requireSuite(scope, id)
    await stored.removeSuite(scope, id)
    await note(scope, exchange, { action: 'suite.remove', suite })
    return null
  }),
)

export const onListSuiteCases = implement(listSuiteCases, ({ inWorkspace }, { params: { id }, query }) =>
  inWorkspace(async (scope) => {
    await requireSuite(scope, id)
    return stored.listSuiteCases(scope, { suiteId: id, ...query })
  }),
)

/** The suite, or the answer that an id of nobody and one of somebody else get alike. */
export const requireSuite = async (scope: stored.WorkspaceScope, id: string): Promise<StoredSuite> => {
  const suite = await stored.findSuite(scope, { id })
  if (suite === null) throw new AssayError('resource.not_found', { what: 'suite', id })
  return suite
}

const note = (
  scope: stored.WorkspaceScope,
  { app, caller, requestId }: Exchange,
  { action, suite, before }: { action: string; suite: StoredSuite; before?: StoredSuite },
): Promise<void> => {
  const told = ({ name, sourceHash, cases }: StoredSuite) => ({ name, sourceHash, cases })
  return stored.appendAudit(scope, {
    at: app.nowIso(),
    actor: actorOf(caller),
    action,
    target: suite.id,
    ...(before && { before: told(before) }),
    ...(action === 'suite.remove' ? { before: told(suite) } : { after: told(suite) }),
    requestId,
  })
}
