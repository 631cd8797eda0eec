import { queryOptions } from '@tanstack/react-query'
import { client } from '../app/server.ts'

/** What the screen "Quality" and the panels beside a test read; the first word of a key is what live events refresh. */
export const learningQueries = {
  metrics: (days: number) =>
    queryOptions({
      queryKey: ['tests', 'metrics', days],
      queryFn: ({ signal }) => client.getTestMetrics({ query: { days } }, { signal }),
    }),
  experiments: () =>
    queryOptions({
      queryKey: ['experiments', 'list'],
      queryFn: ({ signal }) => client.listExperiments({ query: { limit: 20 } }, { signal }),
    }),
  experiment: (id: string) =>
    queryOptions({
      queryKey: ['experiments', 'one', id],
      queryFn: ({ signal }) => client.getExperiment({ params: { id } }, { signal }),
    }),
  trend: (id: string) =>
    queryOptions({
      queryKey: ['tests', 'trend', id],
      queryFn: ({ signal }) => client.getTestTrend({ params: { id } }, { signal }),
    }),
  suggestions: (id: string) =>
    queryOptions({
      queryKey: ['tests', 'suggestions', id],
      queryFn: ({ signal }) => client.listSuggestions({ params: { id } }, { signal }),
    }),
}
