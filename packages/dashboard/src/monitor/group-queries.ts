import { queryOptions } from '@tanstack/react-query'
import { client } from '../app/server.ts'

/** What the pages of failure groups read beside their lists; refreshed with all failures. */
export const groupQueries = {
  families: () =>
    queryOptions({
      queryKey: ['failures', 'families'],
      queryFn: ({ signal }) => client.listFailureFamilies({ query: { limit: 5 } }, { signal }),
    }),
  similar: (id: string) =>
    queryOptions({
      queryKey: ['failures', 'similar', id],
      queryFn: ({ signal }) => client.listSimilarGroups({ params: { id } }, { signal }),
    }),
  rules: () =>
    queryOptions({
      queryKey: ['failures', 'rules'],
      queryFn: ({ signal }) => client.listFingerprintRules({}, { signal }),
    }),
  settings: () =>
    queryOptions({
      queryKey: ['failures', 'settings'],
      queryFn: ({ signal }) => client.getMonitorSettings({}, { signal }),
    }),
}
