import { DAY_MS, timestamp } from '@assay/core'
import { dayOf } from '../requests.ts'
import type { SystemScope } from '../scope.ts'
import { foldLedger } from './budgets.ts'
import { type DayTable, dayTables, dropPartitions } from './partitions.ts'

/** For how long two reports of one event are one. */
const EVENT_KEY_DAYS = 7
/** Errors are judged by the last minutes; a day leaves room for a database that is behind. */
const MINUTES_KEPT_DAYS = 1
const DELIVERY_DAYS = 90

/** Lets go of what is kept only for a time: whole days of the logs, the keys of old events, sign-ins that ended. */
export const applyRetention = async (system: SystemScope, { now }: { now: string }): Promise<void> => {
  const daysAgo = (days: number): string => timestamp(Date.parse(now) - days * DAY_MS)
  await foldLedger(system, { before: dayOf(daysAgo(dayTables.ledger_entries.keepDays)) })
  for (const [table, { keepDays }] of Object.entries(dayTables) as [DayTable, { keepDays: number }][]) {
    await dropPartitions(system, { table, day: dayOf(daysAgo(keepDays)) })
  }
  const { db } = system
  await db.deleteFrom('failureKeys').where('at', '<', daysAgo(EVENT_KEY_DAYS)).execute()
  await db.deleteFrom('idempotentCalls').where('startedAt', '<', daysAgo(1)).execute()
  await db.deleteFrom('usageMinute').where('minute', '<', daysAgo(MINUTES_KEPT_DAYS)).execute()
  await db.deleteFrom('alertDeliveries').where('at', '<', daysAgo(DELIVERY_DAYS)).execute()
  await db.deleteFrom('sessions').where('expiresAt', '<', now).execute()
  await db.deleteFrom('signInLinks').where('expiresAt', '<', now).execute()
}
