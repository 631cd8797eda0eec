import type { Store } from '@assay/store'
import type { App } from '../../app.ts'

/**
 * Lets what other processes changed be seen by the next request here. After a break of the connection anything may
 * have changed, so all that is kept is read anew.
 */
export const hearChanges = (
  store: Pick<Store, 'onChange'>,
  {
    credentials,
    breakers,
    priceBook,
    modelNames,
    guards,
    wishes,
    ruleBook,
  }: Pick<App, 'credentials' | 'breakers' | 'priceBook' | 'modelNames' | 'guards' | 'wishes' | 'ruleBook'>,
): void => {
  store.onChange((change) => {
    const workspaceId = change?.workspaceId ?? null
    const kind = change?.kind ?? null
    if (kind === null || kind === 'credential') credentials.forget(workspaceId)
    if (kind === null || kind === 'price') priceBook.forget(workspaceId)
    if (kind === null || kind === 'model_names') modelNames.forget(workspaceId)
    if (kind === null || kind === 'guard') guards.forget(workspaceId)
    if (kind === null || kind === 'monitor') {
      wishes.forget(workspaceId)
      ruleBook.forget(workspaceId)
    }
    if (change?.kind === 'credential') breakers.forget(change.id)
  })
}
