import { attemptOutcome, countDuration, MINUTE_MS, timestamp, type RequestRecord } from '@assay/core'
import { sql } from 'kysely'
import { columnOf, insertFromJson } from '../json-rows.ts'
import type { SystemScope } from '../scope.ts'
import { storable } from '../storable.ts'

/** Adds requests to the sums of their hours: by provider, model, key and complexity, and by tag. */
export const countUsage = async (system: SystemScope, records: readonly RequestRecord[]): Promise<void> => {
  if (records.length === 0) return
  await countModels(system, records)
  await countTags(system, records)
  await countProviders(system, records)
  await countMinutes(system, records)
}

const counters = [
  'requests',
  'failed',
  'completed',
  'cancelled',
  'unpriced',
  'inputTokens',
  'outputTokens',
  'cacheReadInputTokens',
  'costNanoUsd',
  'baselineCostNanoUsd',
  'savingNanoUsd',
  'cacheHits',
  'cacheSavedNanoUsd',
] as const
type Sums = Record<(typeof counters)[number], number>

const noSums = (): Sums => Object.fromEntries(counters.map((counter) => [counter, 0])) as Sums

const addTo = (sums: Sums, record: RequestRecord): void => {
  sums.requests += 1
  sums.failed += record.status === 'failed' || record.status === 'incomplete' ? 1 : 0
  sums.completed += record.status === 'completed' ? 1 : 0
  sums.cancelled += record.status === 'cancelled' ? 1 : 0
  sums.unpriced += record.priced ? 0 : 1
  sums.inputTokens += record.inputTokens
  sums.outputTokens += record.outputTokens
  sums.cacheReadInputTokens += record.cacheReadInputTokens
  sums.costNanoUsd += record.costNanoUsd ?? 0
  sums.baselineCostNanoUsd += record.baselineCostNanoUsd ?? 0
  sums.savingNanoUsd += record.savingNanoUsd ?? 0
  sums.cacheHits += record.cache === 'hit' ? 1 : 0
  sums.cacheSavedNanoUsd += record.cacheSavedNanoUsd ?? 0
}

// By model

type ModelRow = Pick<RequestRecord, 'workspaceId' | 'providerName' | 'keyId' | 'complexity'> & {
  hour: string
  model: string
  cacheMisses: number
  cacheSavedMs: number
  latencyMsSum: number
  routedSavingNanoUsd: number
  pinnedSavingNanoUsd: number
  cachedSavingNanoUsd: number
  latencyCounts: number[]
  ttftCounts: number[]
} & Sums

const countModels = async ({ db }: SystemScope, records: readonly RequestRecord[]): Promise<void> => {
  await db.executeQuery(addition(JSON.stringify(rollUpModels(records))))
}

/** One row for each hour, model, key and complexity, in one order everywhere, so that two drains cannot deadlock. */
const rollUpModels = (records: readonly RequestRecord[]): ModelRow[] => {
  const rows = new Map<string, ModelRow>()
  let row: ModelRow | undefined
  for (const record of records) {
    const place = placeOf(record)
    // Most requests come behind others of their kind.
    if (!row || !isAt(row, place)) {
      const key = JSON.stringify(Object.values(place))
      row = rows.get(key) ?? { ...place, ...nothingYet() }
      rows.set(key, row)
    }
    addTo(row, record)
    row.cacheMisses += record.cache === 'miss' ? 1 : 0
    row.cacheSavedMs += record.cacheSavedMs ?? 0
    row[savedBy(record)] += record.savingNanoUsd ?? 0
    countTimes(row, record)
  }
  return inOrder(rows)
}

type Place = Pick<ModelRow, 'workspaceId' | 'hour' | 'providerName' | 'model' | 'keyId' | 'complexity'>

const placeOf = (record: RequestRecord): Place => ({
  workspaceId: record.workspaceId,
  hour: hourOf(record.at),
  providerName: record.providerName === null ? null : indexable(record.providerName),
  model: indexable(record.responseModel ?? record.requestModel),
  keyId: record.keyId,
  complexity: record.complexity,
})

const isAt = (row: ModelRow, place: Place): boolean =>
  row.workspaceId === place.workspaceId &&
  row.hour === place.hour &&
  row.providerName === place.providerName &&
  row.model === place.model &&
  row.keyId === place.keyId &&
  row.complexity === place.complexity

const nothingYet = () => ({
  ...noSums(),
  cacheMisses: 0,
  cacheSavedMs: 0,
  latencyMsSum: 0,
  routedSavingNanoUsd: 0,
  pinnedSavingNanoUsd: 0,
  cachedSavingNanoUsd: 0,
  latencyCounts: [],
  ttftCounts: [],
})

/** Whose doing a saving is: the cache's, the caller's who named the model, or the routing's. */
const savedBy = ({ cache, requestModel }: RequestRecord) => {
  if (cache === 'hit') return 'cachedSavingNanoUsd'
  return requestModel === 'auto' ? 'routedSavingNanoUsd' : 'pinnedSavingNanoUsd'
}

const countTimes = (row: ModelRow, { status, latencyMs, ttftMs, cache }: RequestRecord): void => {
  if (status !== 'completed' || latencyMs === null) return
  row.latencyMsSum += latencyMs
  // An answer from the cache says nothing of how fast a provider is.
  if (cache === 'hit') return
  countDuration(row.latencyCounts, latencyMs)
  if (ttftMs !== null) countDuration(row.ttftCounts, ttftMs)
}

// By tag

/** Callers write tags as they like; so many different ones an hour are told apart in a workspace, the others together. */
const MOST_TAGS = 500
/** Under which the others are counted. */
const OTHER_TAGS = '(other)'

type TagRow = { workspaceId: string; hour: string; tag: string } & Sums

const countTags = async ({ db }: SystemScope, records: readonly RequestRecord[]): Promise<void> => {
  const tagged = records.filter(({ tags }) => Object.keys(tags).length > 0)
  if (tagged.length === 0) return
  const known = new Map<string, Set<string>>()
  for (const { workspaceId, at } of tagged) known.set(`${workspaceId} ${hourOf(at)}`, new Set())
  for (const [place, tags] of known) {
    const [workspaceId = '', hour = ''] = place.split(' ')
    const rows = await db
      .selectFrom('usageTagHour')
      .select('tag')
      .where('workspaceId', '=', workspaceId)
      .where('hour', '=', hour)
      .execute()
    for (const { tag } of rows) tags.add(tag)
  }
  await db
    .insertInto('usageTagHour')
    .values(rollUpTags(tagged, known))
    .onConflict((conflict) =>
      conflict.columns(['workspaceId', 'hour', 'tag']).doUpdateSet(addedUp('usage_tag_hour', counters)),
    )
    .execute()
}

const rollUpTags = (records: readonly RequestRecord[], known: ReadonlyMap<string, Set<string>>): TagRow[] => {
  const rows = new Map<string, TagRow>()
  for (const record of records) {
    const { workspaceId } = record
    const hour = hourOf(record.at)
    const tags = known.get(`${workspaceId} ${hour}`)!
    const told = Object.entries(record.tags).map(([name, value]) => {
      const tag = indexable(`${name}=${value}`)
      if (!tags.has(tag) && tags.size >= MOST_TAGS) return OTHER_TAGS
      tags.add(tag)
      return tag
    })
    for (const tag of new Set(told)) {
      const key = JSON.stringify([workspaceId, hour, tag])
      const row = rows.get(key) ?? { workspaceId, hour, tag, ...noSums() }
      rows.set(key, row)
      addTo(row, record)
    }
  }
  return inOrder(rows)
}

// By provider

type ProviderRow = { workspaceId: string; hour: string; providerName: string; answered: number; failed: number }

/** Every attempt counts for the provider it was made at, also where another one answered in the end. */
const countProviders = async ({ db }: SystemScope, records: readonly RequestRecord[]): Promise<void> => {
  const rows = new Map<string, ProviderRow>()
  for (const record of records) {
    const { workspaceId } = record
    const hour = hourOf(record.at)
    for (const attempt of record.attempts) {
      const outcome = attemptOutcome(attempt, record)
      if (outcome === 'none') continue
      const providerName = indexable(attempt.providerName)
      const key = JSON.stringify([workspaceId, hour, providerName])
      const row = rows.get(key) ?? { workspaceId, hour, providerName, answered: 0, failed: 0 }
      rows.set(key, row)
      row[outcome] += 1
    }
  }
  if (rows.size === 0) return
  await db
    .insertInto('providerHour')
    .values(inOrder(rows))
    .onConflict((conflict) =>
      conflict
        .columns(['workspaceId', 'hour', 'providerName'])
        .doUpdateSet(addedUp('provider_hour', ['answered', 'failed'])),
    )
    .execute()
}

// By minute

type MinuteRow = { workspaceId: string; minute: string; requests: number; failed: number }

/** What ended otherwise than by its caller, by the minute it ended in: that is when whoever watches errors can know. */
const countMinutes = async ({ db }: SystemScope, records: readonly RequestRecord[]): Promise<void> => {
  const rows = new Map<string, MinuteRow>()
  for (const { workspaceId, status, at, latencyMs } of records) {
    if (status === 'cancelled') continue
    const endedAt = Date.parse(at) + (latencyMs ?? 0)
    const minute = timestamp(Math.floor(endedAt / MINUTE_MS) * MINUTE_MS)
    const key = `${workspaceId} ${minute}`
    const row = rows.get(key) ?? { workspaceId, minute, requests: 0, failed: 0 }
    rows.set(key, row)
    row.requests += 1
    row.failed += status === 'failed' || status === 'incomplete' ? 1 : 0
  }
  if (rows.size === 0) return
  await db
    .insertInto('usageMinute')
    .values(inOrder(rows))
    .onConflict((conflict) =>
      conflict.columns(['workspaceId', 'minute']).doUpdateSet(addedUp('usage_minute', ['requests', 'failed'])),
    )
    .execute()
}

// For all

/** Times are told in UTC, so that the hour stands in them. */
const hourOf = (at: string): string => `${at.slice(0, 13)}:00:00.000Z`

const inOrder = <Row>(rows: ReadonlyMap<string, Row>): Row[] =>
  [...rows.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row)

const addedUp = (table: string, columns: readonly string[]) =>
  Object.fromEntries(
    columns.map((column) => [column, sql<number>`${sql.ref(`${table}.${column}`)} + excluded.${sql.ref(column)}`]),
  )

const addedBucketwise = (column: string): string => `${column} = array(
  select coalesce(stored, 0) + coalesce(added, 0)
  from unnest(usage_hour.${column}, excluded.${column}) with ordinality as bucket(stored, added, place)
  order by place
)`

const savings = ['routedSavingNanoUsd', 'pinnedSavingNanoUsd', 'cachedSavingNanoUsd'] as const
const summed = [...counters, ...savings, 'cacheMisses', 'cacheSavedMs', 'latencyMsSum'] as const

const addition = insertFromJson('usage_hour', {
  columns: {
    workspaceId: 'uuid',
    hour: 'timestamptz',
    providerName: 'text',
    model: 'text',
    keyId: 'uuid',
    complexity: 'text',
    ...(Object.fromEntries(counters.map((counter) => [counter, 'bigint'])) as Record<
      (typeof counters)[number],
      string
    >),
    cacheMisses: 'bigint',
    cacheSavedMs: 'double precision',
    latencyMsSum: 'double precision',
    routedSavingNanoUsd: 'bigint',
    pinnedSavingNanoUsd: 'bigint',
    cachedSavingNanoUsd: 'bigint',
    latencyCounts: 'bigint[]',
    ttftCounts: 'bigint[]',
  } satisfies Record<keyof ModelRow, string>,
  ending: `on conflict (workspace_id, hour, provider_name, model, key_id, complexity) do update set
    ${summed.map((field) => `${columnOf(field)} = usage_hour.${columnOf(field)} + excluded.${columnOf(field)}`).join(', ')},
    ${addedBucketwise('latency_counts')},
    ${addedBucketwise('ttft_counts')}`,
})

/** A row of an index has room for 2,704 bytes, and callers name models as they like. */
const LONGEST_INDEXED_TEXT = 200

const indexable = (text: string): string =>
  text.length <= LONGEST_INDEXED_TEXT ? text : storable(text.slice(0, LONGEST_INDEXED_TEXT))
