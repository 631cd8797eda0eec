import { laterRecordFields, RequestRecord } from '@assay/core'
import { sql } from 'kysely'
import { dayOf } from '../requests.ts'
import type { SystemScope } from '../scope.ts'
import { ensureDay } from './partitions.ts'
import { countUsage } from './roll-up.ts'

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
