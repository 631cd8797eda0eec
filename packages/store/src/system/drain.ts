import { laterRecordFields, type RequestRecord } from '@assay/core'
import { dayOf } from '../requests.ts'
import { json, jsonOrNull } from '../schema.ts'
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
  const inserted = new Set<string>()
  for (let start = 0; start < unique.length; start += ROWS_PER_STATEMENT) {
    const rows = await system.db
      .insertInto('requests')
      .values(unique.slice(start, start + ROWS_PER_STATEMENT).map(toRow))
      .onConflict((conflict) => conflict.columns(['id', 'day']).doNothing())
      .returning('id')
      .execute()
    for (const { id } of rows) inserted.add(id)
  }
  await countUsage(
    system,
    unique.filter(({ id }) => inserted.has(id)),
  )
  return inserted
}

/** 49 columns each, below the 65,535 parameters of one statement. */
const ROWS_PER_STATEMENT = 1_000

/** A record that an earlier version spooled says less. */
const toRow = (record: RequestRecord) => ({
  ...laterRecordFields,
  ...record,
  day: dayOf(record.at),
  attempts: json(record.attempts),
  rejected: json(record.rejected ?? []),
  costLines: jsonOrNull(record.costLines ?? null),
  tags: json(record.tags),
})
