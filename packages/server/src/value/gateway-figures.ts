import { listBudgets, providerFigures, usageGroups, type Store } from '@assay/store'
import type { GatewayFigures } from '../gateway/parts.ts'

/** The data plane's figures out of the store. */
export const createGatewayFigures = ({
  store,
  now,
}: {
  store: Pick<Store, 'inWorkspace'>
  now: () => number
}): GatewayFigures => ({
  usage: (workspaceId, { from, to, group, keyId }) =>
    store.inWorkspace(workspaceId, async (scope) => {
      const [totals] = await usageGroups(scope, { from, to, keyId, group: null })
      const groups = group === null ? [] : await usageGroups(scope, { from, to, keyId, group })
      const budgets = await listBudgets(scope, { now: now() })
      const limits = keyId === undefined ? budgets : budgets.filter((budget) => budget.keyId === keyId)
      return { totals: totals!, groups, limits }
    }),
  providers: (workspaceId, period) => store.inWorkspace(workspaceId, (scope) => providerFigures(scope, period)),
})
