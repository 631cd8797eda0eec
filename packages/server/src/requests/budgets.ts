import { AssayError, listBudgets, releaseLostBudget, setWorkspaceBudget, timestamp } from '@assay/core'
import * as stored from '@assay/store'
import { actorOf } from '../http/caller.ts'
import { implement } from '../http/implement.ts'

export const onListBudgets = implement(listBudgets, ({ app, inWorkspace }) =>
  inWorkspace(async (scope) => ({ items: await stored.listBudgets(scope, { now: app.now() }), nextCursor: null })),
)

/** Sets or lifts what all keys of the workspace may spend together. A key with a budget of its own may not. */
export const onSetWorkspaceBudget = implement(setWorkspaceBudget, async (exchange, { body }) => {
  const { app, caller, inWorkspace, requestId } = exchange
  if (caller.kind === 'key' && caller.budgetNanoUsd !== null) throw new AssayError('access.sign_in_needed', {})
  const { budgetNanoUsd: limitNanoUsd, budgetWindow: window } = body
  const budget = limitNanoUsd === null || window === null ? null : { limitNanoUsd, window }
  const state = await inWorkspace(async (scope) => {
    const before = await stored.findWorkspaceBudget(scope)
    await stored.setWorkspaceBudget(scope, { budget, now: app.now() })
    await stored.appendAudit(scope, {
      at: timestamp(app.now()),
      actor: actorOf(caller),
      action: 'budget.set',
      target: 'workspace',
      before,
      after: budget,
      requestId,
    })
    await stored.announce(scope, { kind: 'budget', workspaceId: scope.workspaceId, id: 'workspace' })
    return budget && stored.findBudgetState(scope, { ...budget, keyId: null, now: app.now() })
  })
  app.limits.forget(caller.kind === 'nobody' ? null : caller.workspaceId)
  return { budget: state }
})

export const onReleaseLostBudget = implement(releaseLostBudget, async (exchange, { params: { id } }) => {
  const { app, caller, inWorkspace, requestId } = exchange
  return inWorkspace(async (scope) => {
    const result = await stored.releaseLost(scope, id)
    if (result === null) throw new AssayError('resource.not_found', { what: 'budget', id })
    await stored.appendAudit(scope, {
      at: timestamp(app.now()),
      actor: actorOf(caller),
      action: 'budget.release_lost',
      target: id,
      before: { lostNanoUsd: result.released },
      after: { lostNanoUsd: 0 },
      requestId,
    })
    return result.state
  })
})
