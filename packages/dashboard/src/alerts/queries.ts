import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { LARGEST_PAGE, PAGE_SIZE } from '../app/queries.ts'
import { client } from '../app/server.ts'

/** What the page of alerts and schedules reads. The first word of a key says which live events make it old. */
export const alertQueries = {
  alerts: () =>
    queryOptions({
      queryKey: ['alerts', 'found'],
      queryFn: ({ signal }) => client.listAlerts({ query: { limit: PAGE_SIZE } }, { signal }),
    }),
  rules: () =>
    queryOptions({ queryKey: ['alerts', 'rules'], queryFn: ({ signal }) => client.listAlertRules({}, { signal }) }),
  channels: () =>
    queryOptions({
      queryKey: ['alerts', 'channels'],
      queryFn: ({ signal }) => client.listAlertChannels({}, { signal }),
    }),
  deliveries: () =>
    queryOptions({
      queryKey: ['alerts', 'deliveries'],
      queryFn: ({ signal }) => client.listAlertDeliveries({ query: { limit: PAGE_SIZE } }, { signal }),
    }),
  schedules: () =>
    queryOptions({ queryKey: ['runs', 'schedules'], queryFn: ({ signal }) => client.listSchedules({}, { signal }) }),
  /** The next runs of a line while it is written; what was shown stays until the answer is there. */
  preview: (due: { cron: string; timeZone: string }) =>
    queryOptions({
      queryKey: ['schedule-preview', due],
      queryFn: ({ signal }) => client.previewSchedule({ query: due }, { signal }),
      placeholderData: keepPreviousData,
    }),
  tests: () =>
    queryOptions({
      queryKey: ['tests', 'to choose from'],
      queryFn: ({ signal }) => client.listRegressionTests({ query: { limit: LARGEST_PAGE } }, { signal }),
    }),
}
