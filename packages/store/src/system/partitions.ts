import { DAY_MS } from '@assay/core'
import { sql } from 'kysely'
import { dayOf } from '../requests.ts'
import type { SystemScope } from '../scope.ts'
import { asOwner } from './roles.ts'

/** The tables that are kept by day, and for how many days. */
export const dayTables = {
  requests: { keepDays: 90 },
  request_bodies: { keepDays: 7 },
  failures: { keepDays: 90 },
  ledger_entries: { keepDays: 90 },
} as const
export type DayTable = keyof typeof dayTables

/** The day partitions that are there. */
export const readPartitions = async ({ db }: Pick<SystemScope, 'db'>): Promise<string[]> => {
  const { rows } = await sql<{ name: string }>`
    select relname::text as name from pg_inherits join pg_class on pg_class.oid = inhrelid
    where inhparent in (${sql.join(Object.keys(dayTables).map((table) => sql`to_regclass(${table})`))})
  `.execute(db)
  return rows.map(({ name }) => name)
}

/** Makes the partition of a day unless it is there; the caller's transaction may use it at once. */
export const ensureDay = async (
  scope: Pick<SystemScope, 'db' | 'partitions'>,
  { table, day }: { table: DayTable; day: string },
): Promise<void> => {
  const name = partitionOf(table, day)
  if (scope.partitions.known.has(name) || scope.partitions.made.has(name)) return
  const next = dayOf(new Date(Date.parse(day) + DAY_MS).toISOString())
  await asOwner(scope, async (db) => {
    // Two processes may meet here at midnight; `if not exists` alone does not keep them apart.
    await sql`select pg_advisory_xact_lock(hashtextextended(${name}, 0))`.execute(db)
    await sql`
      create table if not exists ${sql.id(name)} partition of ${sql.id(table)}
      for values from (${sql.lit(day)}) to (${sql.lit(next)})
    `.execute(db)
  })
  scope.partitions.made.add(name)
}

/** Makes the partitions of today and the days after, so that no request has to. */
export const ensurePartitions = async (
  system: SystemScope,
  { now, days = 3 }: { now: string; days?: number },
): Promise<void> => {
  for (const table of Object.keys(dayTables) as DayTable[]) {
    for (let ahead = 0; ahead < days; ahead++) {
      await ensureDay(system, { table, day: dayOf(new Date(Date.parse(now) + ahead * DAY_MS).toISOString()) })
    }
  }
}

/** Drops whole days before the given one, which is how old rows go; answers the partitions dropped. */
export const dropPartitions = async (
  system: SystemScope,
  before: { table: DayTable; day: string },
): Promise<string[]> => {
  const { rows } = await sql<{ name: string }>`
    select child.relname as name
    from pg_inherits
    join pg_class parent on parent.oid = inhparent
    join pg_class child on child.oid = inhrelid
    where parent.oid = to_regclass(${before.table})
      and child.relname < ${partitionOf(before.table, before.day)}
    order by 1
  `.execute(system.db)
  await asOwner(system, async (owner) => {
    for (const { name } of rows) await sql`drop table ${sql.id(name)}`.execute(owner)
  })
  for (const { name } of rows) system.partitions.dropped.add(name)
  return rows.map(({ name }) => name)
}

const partitionOf = (table: DayTable, day: string): string => `${table}_${day.replaceAll('-', '')}`
