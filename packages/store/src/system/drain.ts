import { HOUR_MS, laterRecordFields, RequestRecord } from '@assay/core'
import { sql } from 'kysely'
import { dayOf } from '../requests.ts'
import type { SystemScope } from '../scope.ts'
import { storable } from '../storable.ts'
import { ensureDay } from './partitions.ts'

/**
 * Writes closed requests into the log, each once however often it comes, and counts those really written into the
 * hourly rollup in the same transaction. Answers their ids.
 */
export const insertRequests = async (system: SystemScope, records: readonly RequestRecord[]): Promise<Set<string>> => {
  const unique = [...new Map(records.map((record) => [record.id, record])).values()]
  for (const day of new Set(unique.map(({ at }) => dayOf(at)))) await ensureDay(system, { table: 'requests', day })
  const inserted = await insertRows(system, unique)
  await countUsage(
    system,
    unique.filter(({ id }) => inserted.has(id)),
  )
  return inserted
}

/**
 * All rows as one text, which the database takes apart: to bind each of some fifty columns of a thousand rows takes
 * more time than all the rest of a request.
 */
const insertRows = async ({ db }: SystemScope, records: readonly RequestRecord[]): Promise<Set<string>> => {
  if (records.length === 0) return new Set()
  const rows = records.map(toRow)
  const columns = sql.join(Object.keys(rows[0]!).map((name) => sql.id(name)))
  const { rows: written } = await sql<{ id: string }>`
    insert into requests (${columns})
    select ${columns} from json_populate_recordset(null::requests, ${JSON.stringify(rows)}::json)
    on conflict (id, day) do nothing
    returning id`.execute(db)
  return new Set(written.map(({ id }) => id))
}

/** A record as the columns of its row are called; one that an earlier version spooled says less. */
const toRow = (record: RequestRecord): Record<string, unknown> => {
  const row: Record<string, unknown> = { day: dayOf(record.at) }
  const given: Record<string, unknown> = { ...laterRecordFields, ...record }
  for (const [field, column] of columnsOf) row[column] = given[field] ?? null
  row['rejected'] ??= []
  return row
}

const columnsOf: readonly (readonly [field: string, column: string])[] = Object.keys(RequestRecord.shape).map(
  (field) => [field, field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)] as const,
)

const countUsage = async ({ db }: SystemScope, records: readonly RequestRecord[]): Promise<void> => {
  if (records.length === 0) return
  await db
    .insertInto('usageHour')
    .values(rollUp(records))
    .onConflict((conflict) =>
      conflict
        .columns(['workspaceId', 'hour', 'providerName', 'model', 'keyId', 'complexity'])
        .doUpdateSet(
          Object.fromEntries(
            counters.map((counter) => [counter, sql`usage_hour.${sql.ref(counter)} + excluded.${sql.ref(counter)}`]),
          ),
        ),
    )
    .execute()
}

const counters = [
  'requests',
  'failed',
  'completed',
  'unpriced',
  'inputTokens',
  'outputTokens',
  'cacheReadInputTokens',
  'cacheHits',
  'cacheMisses',
  'cacheSavedNanoUsd',
  'cacheSavedMs',
  'costNanoUsd',
  'baselineCostNanoUsd',
  'savingNanoUsd',
  'latencyMsSum',
] as const

type UsageRow = Pick<RequestRecord, 'workspaceId' | 'providerName' | 'keyId' | 'complexity'> & {
  hour: string
  model: string
} & Record<(typeof counters)[number], number>

/** One row for each hour, model, key and complexity, in one order everywhere, so that two drains cannot deadlock. */
const rollUp = (records: readonly RequestRecord[]): UsageRow[] => {
  const rows = new Map<string, UsageRow>()
  for (const record of records) {
    const { workspaceId, keyId, complexity, latencyMs } = record
    const providerName = record.providerName === null ? null : indexable(record.providerName)
    const hour = hourOf(record.at)
    const model = indexable(record.responseModel ?? record.requestModel)
    const key = JSON.stringify([workspaceId, hour, providerName, model, keyId, complexity])
    let row = rows.get(key)
    if (!row) rows.set(key, (row = { workspaceId, hour, providerName, model, keyId, complexity, ...zeros }))
    const isCompleted = record.status === 'completed'
    row.requests++
    if (record.status === 'failed' || record.status === 'incomplete') row.failed++
    if (isCompleted) row.completed++
    if (!record.priced) row.unpriced++
    row.inputTokens += record.inputTokens
    row.outputTokens += record.outputTokens
    row.cacheReadInputTokens += record.cacheReadInputTokens
    if (record.cache === 'hit') row.cacheHits++
    if (record.cache === 'miss') row.cacheMisses++
    row.cacheSavedNanoUsd += record.cacheSavedNanoUsd ?? 0
    row.cacheSavedMs += record.cacheSavedMs ?? 0
    row.costNanoUsd += record.costNanoUsd ?? 0
    row.baselineCostNanoUsd += record.baselineCostNanoUsd ?? 0
    row.savingNanoUsd += record.savingNanoUsd ?? 0
    if (isCompleted) row.latencyMsSum += latencyMs ?? 0
  }
  return [...rows.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row)
}

/** The beginning of the hour of a time. */
const hourOf = (at: string): string => new Date(Math.floor(Date.parse(at) / HOUR_MS) * HOUR_MS).toISOString()

/** A row of an index has room for 2,704 bytes, and callers name models as they like. */
const LONGEST_INDEXED_TEXT = 200

const indexable = (text: string): string =>
  text.length <= LONGEST_INDEXED_TEXT ? text : storable(text.slice(0, LONGEST_INDEXED_TEXT))

const zeros = Object.fromEntries(counters.map((counter) => [counter, 0])) as Record<(typeof counters)[number], number>
