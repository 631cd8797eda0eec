import { readModelNames, type Store } from '@assay/store'
import type { NamesBook, WorkspaceNames } from '../parts.ts'
import { keepRecent, type Recent } from './recent.ts'

/** What each workspace calls its models. */
export const createNamesBook = ({
  store,
  now,
}: {
  store: Pick<Store, 'inWorkspace'>
  now: () => number
}): NamesBook & Recent<WorkspaceNames> =>
  keepRecent({
    now,
    read: async (workspaceId) => {
      const { aliases, providerOrder } = await store.inWorkspace(workspaceId, readModelNames)
      return { aliases: new Map(aliases.map(({ name, models }) => [name, models])), providerOrder }
    },
  })
