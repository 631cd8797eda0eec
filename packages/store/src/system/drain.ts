import { laterRecordFields, type RequestRecord } from '@assay/core'
import { insertNewFromJson } from '../json-rows.ts'
import { dayOf } from '../requests.ts'
import type { SystemScope } from '../scope.ts'
import { ensureDay } from './partitions.ts'
import { countUsage } from './roll-up.ts'

/**
 * Writes closed requests into the log, each once however often it comes, and counts those really written into the
 * hourly rollup in the same transaction. Answers their ids. `texts` has the JSON of those that it is known of.
 */
export const insertRequests = async (
  system: SystemScope,
  records: readonly RequestRecord[],
  texts?: ReadonlyMap<string, string>,
): Promise<Set<string>> => {
  const unique = [...new Map(records.map((record) => [record.id, record])).values()]
  for (const day of new Set(unique.map(({ at }) => dayOf(at)))) await ensureDay(system, { table: 'requests', day })
  const rows = unique.map((record) => (isWhole(record) && texts?.get(record.id)) || JSON.stringify(completed(record)))
  const inserted = await insertRows(system, rows)
  if (inserted === null) {
    await countUsage(system, unique)
    return new Set(unique.map(({ id }) => id))
  }
  await countUsage(
    system,
    unique.filter(({ id }) => inserted.has(id)),
  )
  return inserted
}

/** The ids of those that were written; null: all of them. */
const insertRows = async ({ db }: SystemScope, rows: readonly string[]): Promise<Set<string> | null> => {
  if (rows.length === 0) return null
  const { rows: answers } = await db.executeQuery(insertion(`[${rows.join(',')}]`, rows.length))
  const ids = answers[0]!.ids
  return ids && new Set(ids)
}

/** One that an earlier version spooled says less. */
const isWhole = (record: RequestRecord): boolean => laterFields.every((field) => record[field] !== undefined)

const laterFields = Object.keys(laterRecordFields) as (keyof typeof laterRecordFields)[]

const completed = (record: RequestRecord): RequestRecord => ({
  ...laterRecordFields,
  ...record,
  rejected: record.rejected ?? [],
})

const insertion = insertNewFromJson('requests', {
  columns: {
    id: 'uuid',
    workspaceId: 'uuid',
    keyId: 'uuid',
    credentialId: 'uuid',
    credentialSource: 'text',
    at: 'timestamptz',
    operationName: 'text',
    promptPreview: 'text',
    complexity: 'text',
    score: 'double precision',
    requestModel: 'text',
    providerName: 'text',
    responseModel: 'text',
    route: 'text',
    attempts: 'jsonb',
    rejected: 'jsonb',
    cache: 'text',
    guards: 'text[]',
    dropped: 'text[]',
    toolsUsed: 'text[]',
    status: 'text',
    httpStatus: 'integer',
    errorCode: 'text',
    errorMessage: 'text',
    finishReason: 'text',
    inputTokens: 'bigint',
    outputTokens: 'bigint',
    cacheReadInputTokens: 'bigint',
    cacheWriteInputTokens: 'bigint',
    reasoningOutputTokens: 'bigint',
    costNanoUsd: 'bigint',
    baselineModel: 'text',
    baselineCostNanoUsd: 'bigint',
    savingNanoUsd: 'bigint',
    cacheSavedNanoUsd: 'bigint',
    cacheSavedMs: 'double precision',
    cachedFrom: 'uuid',
    priceVersion: 'text',
    costLines: 'jsonb',
    ttftMs: 'double precision',
    latencyMs: 'double precision',
    stream: 'boolean',
    estimated: 'boolean',
    priced: 'boolean',
    conversationId: 'text',
    userHash: 'text',
    environment: 'text',
    packageVersion: 'text',
    tags: 'jsonb',
  } satisfies Record<keyof RequestRecord, string>,
  derived: { day: `(row."at" at time zone 'UTC')::date` },
  conflict: '(id, day)',
})
