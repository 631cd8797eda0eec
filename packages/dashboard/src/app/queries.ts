import type { RequestFilter, ResultFilter } from '@assay/core'
import { infiniteQueryOptions, queryOptions, QueryClient } from '@tanstack/react-query'
import type { CacheSearch } from '../cache/search.ts'
import type { FailureSearch, TestSearch } from '../monitor/search.ts'
import type { ResultName, RunsSearch } from '../suite/search.ts'
import { hoursOf, type TimeRange } from '../value/range.ts'
import { client } from './server.ts'

const FRESH_MS = 30_000
export const PAGE_SIZE = 50
/** A row of the log is small, and whoever scrolls fast should not wait. */
const REQUESTS_PAGE = 100
/** How many of the newest are looked at when something came. */
export const NEWEST_ROWS = 100
/** The most that one page of a list may hold; figures over a list are figures over this many. */
export const LARGEST_PAGE = 200

export const createQueryClient = () =>
  new QueryClient({
    // Retrying is the person's button: a panel must not spin for several time limits in a row.
    defaultOptions: { queries: { staleTime: FRESH_MS, retry: false }, mutations: { retry: false } },
  })

/** The first word of a key is the feature, so that a live event refreshes what it touches and nothing else. */
export const queries = {
  me: () => queryOptions({ queryKey: ['me'], queryFn: ({ signal }) => client.getMe({}, { signal }) }),

  summary: (range: TimeRange) =>
    queryOptions({
      queryKey: ['value', range],
      queryFn: ({ signal }) => client.getValueSummary({ query: { hours: hoursOf[range] } }, { signal }),
    }),

  baseline: () =>
    queryOptions({
      queryKey: ['baseline'],
      queryFn: ({ signal }) => client.getBaseline({}, { signal }),
    }),
  anyRequest: () =>
    queryOptions({
      queryKey: ['requests', 'any'],
      queryFn: ({ signal }) => client.listRequests({ query: { limit: 1 } }, { signal }),
    }),
  /** Once loaded it stays as it is, however long it grows; what is new comes by `newestRequests`. */
  requests: (filter: RequestFilter) =>
    infiniteQueryOptions({
      queryKey: ['request-log', filter],
      queryFn: ({ signal, pageParam }) =>
        client.listRequests(
          { query: { ...filter, limit: REQUESTS_PAGE, ...given({ cursor: pageParam }) } },
          { signal },
        ),
      initialPageParam: undefined as string | undefined,
      getNextPageParam: ({ nextCursor }) => nextCursor,
      staleTime: Number.POSITIVE_INFINITY,
      meta: { staysAsItIs: true },
    }),
  newestRequests: (filter: RequestFilter) =>
    queryOptions({
      queryKey: ['requests', 'newest', filter],
      queryFn: ({ signal }) => client.listRequests({ query: { ...filter, limit: NEWEST_ROWS } }, { signal }),
    }),
  request: (id: string) =>
    queryOptions({
      queryKey: ['requests', 'one', id],
      queryFn: ({ signal }) => client.getRequest({ params: { id } }, { signal }),
    }),

  cacheSummary: (range: TimeRange) =>
    queryOptions({
      queryKey: ['cache', 'summary', range],
      queryFn: ({ signal }) => client.getCacheSummary({ query: { hours: hoursOf[range] } }, { signal }),
    }),
  cacheEntries: ({ sort, order, state, model, text }: CacheSearch) =>
    infiniteQueryOptions({
      queryKey: ['cache', 'list', { sort, order, state, model, text }],
      queryFn: ({ signal, pageParam }) =>
        client.listCache(
          { query: { limit: PAGE_SIZE, sort, order, ...given({ state, model, text, cursor: pageParam }) } },
          { signal },
        ),
      initialPageParam: undefined as string | undefined,
      getNextPageParam: ({ nextCursor }) => nextCursor,
    }),
  cacheEntry: (key: string) =>
    queryOptions({
      queryKey: ['cache', 'one', key],
      queryFn: ({ signal }) => client.getCacheEntry({ params: { key } }, { signal }),
    }),
  cacheSettings: () =>
    queryOptions({
      queryKey: ['cache', 'settings'],
      queryFn: ({ signal }) => client.getCacheSettings({}, { signal }),
    }),
  feedback: (requestId?: string) =>
    queryOptions({
      queryKey: ['feedback', requestId ?? 'recent'],
      queryFn: ({ signal }) => client.listFeedback({ query: { limit: 12, ...given({ requestId }) } }, { signal }),
    }),

  failureGroups: ({ state, category, severity, family, q, sort }: FailureSearch) =>
    infiniteQueryOptions({
      queryKey: ['failures', 'groups', { state, category, severity, family, q, sort }],
      queryFn: ({ signal, pageParam }) =>
        client.listFailureGroups(
          { query: { limit: PAGE_SIZE, sort, ...given({ state, category, severity, family, q, cursor: pageParam }) } },
          { signal },
        ),
      initialPageParam: undefined as string | undefined,
      getNextPageParam: ({ nextCursor }) => nextCursor,
    }),
  failureGroup: (id: string) =>
    queryOptions({
      queryKey: ['failures', 'group', id],
      queryFn: ({ signal }) => client.getFailureGroup({ params: { id } }, { signal }),
    }),
  failuresOf: (group: string) =>
    infiniteQueryOptions({
      queryKey: ['failures', 'samples', group],
      queryFn: ({ signal, pageParam }) =>
        client.listFailures({ query: { group, limit: 10, ...given({ cursor: pageParam }) } }, { signal }),
      initialPageParam: undefined as string | undefined,
      getNextPageParam: ({ nextCursor }) => nextCursor,
    }),

  tests: ({ state, tag }: TestSearch) =>
    infiniteQueryOptions({
      queryKey: ['tests', 'list', { state, tag }],
      queryFn: ({ signal, pageParam }) =>
        client.listRegressionTests(
          { query: { limit: LARGEST_PAGE, ...given({ state, tag, cursor: pageParam }) } },
          { signal },
        ),
      initialPageParam: undefined as string | undefined,
      getNextPageParam: ({ nextCursor }) => nextCursor,
    }),
  test: (id: string) =>
    queryOptions({
      queryKey: ['tests', 'one', id],
      queryFn: ({ signal }) => client.getRegressionTest({ params: { id } }, { signal }),
    }),
  executions: (id: string) =>
    infiniteQueryOptions({
      queryKey: ['tests', 'executions', id],
      queryFn: ({ signal, pageParam }) =>
        client.listExecutions(
          { params: { id }, query: { limit: PAGE_SIZE, ...given({ cursor: pageParam }) } },
          { signal },
        ),
      initialPageParam: undefined as string | undefined,
      getNextPageParam: ({ nextCursor }) => nextCursor,
    }),

  credentials: () =>
    queryOptions({
      queryKey: ['credentials'],
      queryFn: ({ signal }) => client.listCredentials({ query: { limit: 1 } }, { signal }),
    }),
  allCredentials: () =>
    queryOptions({
      queryKey: ['credentials', 'all'],
      queryFn: ({ signal }) => client.listCredentials({ query: { limit: LARGEST_PAGE } }, { signal }),
    }),
  allGatewayKeys: () =>
    queryOptions({
      queryKey: ['gateway-keys', 'all'],
      queryFn: ({ signal }) => client.listGatewayKeys({ query: { limit: LARGEST_PAGE } }, { signal }),
    }),
  gatewayKeys: () =>
    queryOptions({
      queryKey: ['gateway-keys'],
      queryFn: ({ signal }) => client.listGatewayKeys({ query: { limit: 1 } }, { signal }),
    }),
  alerts: () =>
    queryOptions({
      queryKey: ['alerts', 'found'],
      queryFn: ({ signal }) => client.listAlerts({ query: { limit: PAGE_SIZE } }, { signal }),
    }),
  alertRules: () =>
    queryOptions({ queryKey: ['alerts', 'rules'], queryFn: ({ signal }) => client.listAlertRules({}, { signal }) }),
  alertChannels: () =>
    queryOptions({
      queryKey: ['alerts', 'channels'],
      queryFn: ({ signal }) => client.listAlertChannels({}, { signal }),
    }),
  alertDeliveries: () =>
    queryOptions({
      queryKey: ['alerts', 'deliveries'],
      queryFn: ({ signal }) => client.listAlertDeliveries({ query: { limit: PAGE_SIZE } }, { signal }),
    }),
  runs: () =>
    queryOptions({
      queryKey: ['runs', 'any'],
      queryFn: ({ signal }) => client.listRuns({ query: { limit: 1 } }, { signal }),
    }),
  runList: ({ status, trigger, text }: RunsSearch) =>
    infiniteQueryOptions({
      queryKey: ['runs', 'list', { status, trigger, text }],
      queryFn: ({ signal, pageParam }) =>
        client.listRuns(
          { query: { limit: PAGE_SIZE, ...given({ status, trigger, text, cursor: pageParam }) } },
          { signal },
        ),
      initialPageParam: undefined as string | undefined,
      getNextPageParam: ({ nextCursor }) => nextCursor,
    }),
  runsLike: (name: string) =>
    queryOptions({
      queryKey: ['runs', 'like', name],
      queryFn: ({ signal }) => client.listRuns({ query: { limit: PAGE_SIZE, text: name.slice(0, 200) } }, { signal }),
    }),
  run: (id: string) =>
    queryOptions({
      queryKey: ['runs', 'one', id],
      queryFn: ({ signal }) => client.getRun({ params: { id } }, { signal }),
    }),
  runResults: (
    id: string,
    { status, model, text }: { [Name in keyof ResultFilter]-?: ResultFilter[Name] | undefined },
  ) =>
    infiniteQueryOptions({
      queryKey: ['runs', 'results', id, { status, model, text }],
      queryFn: ({ signal, pageParam }) =>
        client.listRunResults(
          {
            params: { id },
            query: { limit: LARGEST_PAGE, brief: 'true', ...given({ status, model, text, cursor: pageParam }) },
          },
          { signal },
        ),
      initialPageParam: undefined as string | undefined,
      getNextPageParam: ({ nextCursor }) => nextCursor,
    }),
  runResult: (id: string, { caseKey, model, repeat }: ResultName) =>
    queryOptions({
      queryKey: ['runs', 'result', id, { caseKey, model, repeat }],
      queryFn: ({ signal }) => client.getRunResult({ params: { id }, query: { caseKey, model, repeat } }, { signal }),
    }),
  comparison: (id: string, other: string) =>
    queryOptions({
      queryKey: ['runs', 'comparison', id, other],
      queryFn: ({ signal }) => client.compareRunWith({ params: { id }, query: { with: other } }, { signal }),
    }),
}

type Given<Fields> = { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> }

/** Without the fields that are undefined: an absent filter is not a filter for nothing. */
const given = <Fields extends object>(fields: Fields): Given<Fields> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Given<Fields>
