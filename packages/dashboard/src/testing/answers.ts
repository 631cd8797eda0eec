import type {
  Api,
  ContractInput,
  ContractReply,
  Credential,
  FailureGroup,
  Me,
  Page,
  RegressionTest,
  RequestRecord,
} from '@assay/core'
import type { ListedKey } from '../vault/gateway-key-list.tsx'
import { detailOfGroup, makeExecutions, makeFailures, makeGoldenCases, makeGroups, makeTests } from './monitor.ts'
import { alertAnswers } from './alerts.ts'
import { groupAnswers } from './groups.ts'
import { learningAnswers } from './learning.ts'
import { makeCacheEntries, makeCacheSummary, makeFeedback, measured } from './cache.ts'
import { idOf } from './random.ts'
import { detailOf, makeRequests, replayOf } from './requests.ts'
import { comparisonOf, makeRuns, type KnownRun } from './runs.ts'
import { scheduleAnswers } from './schedules.ts'
import { makeCredentials, makeKeys, vaultAnswers } from './vault.ts'
import { emptySummary, makeSummary } from './value.ts'

/** What the server of the tests knows. */
export type World = {
  now: number
  requests: RequestRecord[]
  groups: FailureGroup[]
  tests: RegressionTest[]
  runs: KnownRun[]
  credentials: Credential[]
  keys: ListedKey[]
}

export const makeWorld = (now: number): World => ({
  now,
  requests: makeRequests(400, now),
  groups: makeGroups(now),
  tests: makeTests(now),
  runs: makeRuns(now),
  credentials: makeCredentials(now),
  keys: makeKeys(now),
})

/** Undefined is "there is none with this id". */
export type Answers = { [Name in keyof Api]: (input: ContractInput<Api[Name]>) => ContractReply<Api[Name]> | undefined }

const me: Me = {
  workspace: {
    id: idOf(9, 1),
    slug: 'local',
    name: 'Order desk',
    tier: 'enterprise',
    createdAt: '2026-11-01T08:00:00.000Z',
  },
  person: { id: idOf(9, 2), name: 'owner' },
  role: 'owner',
  scopes: [],
}

/** The answers of the routes that the pages call, from a world or from one in which nothing happened yet. */
export const answers = (
  { now, requests, groups, tests, runs, credentials, keys }: World,
  isEmpty: boolean,
): Partial<Answers> => {
  const all = <Item>(items: readonly Item[]): readonly Item[] => (isEmpty ? [] : items)
  const one = <Item extends { id: string }>(items: readonly Item[], id: string) =>
    all(items).find((item) => item.id === id)
  const knownRun = (id: string) => all(runs).find(({ run }) => run.id === id)
  return {
    getMe: () => me,
    signInWithLink: ({ body }) => (body.token === 'good' ? me : undefined),
    signOut: () => null,
    listGatewayKeys: ({ query }) => page(all(keys), query),
    listCredentials: ({ query }) => page(all(credentials), query),
    ...vaultAnswers({ credentials, keys, now }),
    ...alertAnswers(now, isEmpty),
    ...learningAnswers(now, isEmpty),
    ...scheduleAnswers(now, isEmpty),
    listRuns: ({ query }) => {
      const { status, trigger, text } = query
      const found = all(runs)
        .map(({ run }) => run)
        .filter(
          (run) =>
            (!status || run.status === status) &&
            (!trigger || run.trigger === trigger) &&
            (!text || run.name.includes(text)),
        )
      return page(found, query)
    },
    getRun: ({ params: { id } }) => knownRun(id)?.run,
    listRunResults: ({ params: { id }, query }) => {
      const { status, model, text } = query
      const found = (knownRun(id)?.results ?? []).filter(
        (result) =>
          (!status ||
            result.status === status ||
            (status === 'not_passed' && (result.status === 'failed' || result.status === 'error'))) &&
          (!model || result.model === model) &&
          (!text || result.title.toLowerCase().includes(text.toLowerCase())),
      )
      return page(found, query)
    },
    getRunResult: ({ params: { id }, query: { caseKey, model } }) =>
      knownRun(id)?.results.find((result) => result.caseKey === caseKey && result.model === model),
    compareRunWith: ({ params: { id }, query }) => {
      const [before, after] = [knownRun(query.with), knownRun(id)]
      return before && after && comparisonOf(before, after)
    },
    cancelRun: ({ params: { id } }) => {
      const found = knownRun(id)
      return found && Object.assign(found.run, { status: 'cancelled' })
    },
    updateRun: ({ params: { id }, body: { baselineOf } }) => {
      const found = knownRun(id)
      return found && Object.assign(found.run, { baselineOf })
    },
    getValueSummary: ({ query: { hours } }) => (isEmpty ? emptySummary(hours, now) : makeSummary(hours, now)),
    getCacheSummary: ({ query: { hours } }) => makeCacheSummary(hours, now, isEmpty),
    listCache: ({ query }) => {
      const { state, model, text } = query
      const found = all(makeCacheEntries(now)).filter(
        (entry) =>
          (!state || (state === 'valid' ? !entry.invalidated : entry[state])) &&
          (!model || entry.model === model) &&
          (!text || entry.promptPreview.toLowerCase().includes(text.toLowerCase())),
      )
      return page(found, query)
    },
    getCacheEntry: ({ params: { key } }) => {
      const entry = makeCacheEntries(now).find((known) => known.key === key)
      const choices = [{ message: { role: 'assistant', content: 'An invoice needs a number, a date and a total.' } }]
      return entry && { ...entry, promptNormalized: null, answer: { choices } }
    },
    updateCacheEntry: ({ params: { key }, body: { pinned } }) => {
      const entry = makeCacheEntries(now).find((known) => known.key === key)
      return entry && { ...entry, pinned: pinned ?? entry.pinned }
    },
    invalidateCache: ({ body: { keys } }) => ({ count: keys?.length ?? 0 }),
    getCacheSettings: () => measured('suggest', isEmpty),
    updateCacheSettings: ({ body: { nearDuplicates } }) => measured(nearDuplicates, isEmpty),
    listFeedback: ({ query }) =>
      page(
        all(makeFeedback(now)).filter(({ requestId }) => !query.requestId || requestId === query.requestId),
        query,
      ),
    giveFeedback: ({ body: { requestId, vote } }) => ({
      feedback: { ...makeFeedback(now)[0]!, requestId, vote: vote ?? 'neutral' },
      cache: null,
      testCase: null,
      failure: null,
      golden: null,
    }),
    getBaseline: () => ({
      baseline: { provider: 'anthropic', model: 'claude-opus-5-5', input: 4_000_000_000, output: 20_000_000_000 },
    }),
    replayRequest: ({ params: { id }, body: { model } }) => {
      const request = one(requests, id)
      return request && replayOf(request, model)
    },
    makeTestCase: ({ params: { id }, body: { name = 'order_desk', save } }) => {
      const request = one(requests, id)
      const test = save ? { ...tests[0]!, name } : null
      return request && { yaml: `name: ${name}\nproviders:\n  - sim/smart\ntests:\n  - id: ${name}\n`, test }
    },
    listRequests: ({ query }) => {
      const { status, model, provider, text, since, until, key, complexity, cache, tag } = query
      const found = all(requests).filter(
        (request) =>
          (!status || request.status === status) &&
          (!model || request.requestModel === model || request.responseModel === model) &&
          (!provider || request.providerName === provider) &&
          (!key || request.keyId === key) &&
          (!complexity || request.complexity === complexity) &&
          (!cache || request.cache === cache) &&
          (!tag || Object.entries(request.tags).some(([name, value]) => tag === name || tag === `${name}=${value}`)) &&
          (!until || request.at < until) &&
          (!text || request.promptPreview.toLowerCase().includes(text.toLowerCase())) &&
          (!since || request.at >= since),
      )
      return page(found, query)
    },
    getRequest: ({ params: { id } }) => {
      const request = one(requests, id)
      return request && detailOf(request)
    },
    listFailureGroups: ({ query }) => {
      const { state, category, severity, family, q, sort } = query
      const found = all(groups).filter(
        (group) =>
          (!state || group.state === state) &&
          (!category || group.category === category) &&
          (!severity || group.severity === severity) &&
          (!family || group.family === family) &&
          (!q || group.title.toLowerCase().includes(q.toLowerCase())),
      )
      return page(sort === 'occurrences' ? found.toSorted((a, b) => b.occurrences - a.occurrences) : found, query)
    },
    getFailureGroup: ({ params: { id } }) => {
      const group = one(groups, id)
      return group && detailOfGroup(group, now)
    },
    updateFailureGroup: ({ params: { id }, body: { state, title } }) => {
      const group = one(groups, id)
      return group && Object.assign(group, { ...(state && { state }), ...(title && { title }) })
    },
    ...groupAnswers({ groups: all(groups), now }),
    listFailures: ({ query }) => {
      const group = query.group === undefined ? undefined : one(groups, query.group)
      return page(group ? makeFailures(group) : [], query)
    },
    listRegressionTests: ({ query }) => {
      const { state, tag } = query
      return page(
        all(tests).filter((test) => (!state || test.state === state) && (!tag || test.tags.includes(tag))),
        query,
      )
    },
    getRegressionTest: ({ params: { id } }) => one(tests, id),
    listExecutions: ({ params: { id }, query }) => {
      const test = one(tests, id)
      return page(!test || test.runs === 0 ? [] : makeExecutions(id, now), query)
    },
    verifyRegressionTest: () => ({ runId: idOf(6, 98) }),
    quarantineRegressionTest: ({ params: { id }, body: { quarantined } }) => {
      const test = one(tests, id)
      return test && Object.assign(test, { state: quarantined ? 'flaky' : 'active' })
    },
    retireRegressionTest: ({ params: { id } }) => {
      const test = one(tests, id)
      return test && Object.assign(test, { state: 'retired', isActive: false })
    },
    updateRegressionTest: ({ params: { id }, body: { name, tags, isActive } }) => {
      const test = one(tests, id)
      const changes = { name, tags, isActive }
      return test && Object.assign(test, JSON.parse(JSON.stringify(changes)))
    },
    createRegressionTest: ({ body: { name } }) => ({ ...tests[0]!, name }),
    confirmRegressionTest: ({ params: { id } }) => {
      const test = one(tests, id)
      return test && Object.assign(test, { needsConfirmation: false })
    },
    listGoldenCases: ({ query }) => page(makeGoldenCases(now), query),
    acceptGoldenCase: () => tests[0]!,
    dismissGoldenCase: () => ({ ...makeGoldenCases(now)[0]!, state: 'dismissed' as const }),
    runRegressionTests: ({ body: { testId } }) => ({ runId: idOf(6, 99), tests: testId ? 1 : tests.length }),
  }
}

/** A cursor here is the number of the first item of the next page. */
const page = <Item>(
  items: readonly Item[],
  { limit = 50, cursor }: { limit?: number; cursor?: string | undefined },
): Page<Item> => {
  const from = Number(cursor ?? 0)
  return {
    items: items.slice(from, from + limit),
    nextCursor: from + limit < items.length ? String(from + limit) : null,
  }
}
