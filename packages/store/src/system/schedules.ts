import type { Run } from '@assay/core'
import type { SystemScope } from '../scope.ts'

/** A schedule whose time has come. */
export type DueSchedule = {
  id: string
  workspaceId: string
  cron: string
  timeZone: string
  tag: string | null
  environment: Run['environment']
  nextAt: string
}

const MOST_AT_ONCE = 100

/** Schedules that should have run by now, the latest first; held, so that two schedulers do not both run them. */
export const dueSchedules = ({ db }: SystemScope, now: string): Promise<DueSchedule[]> =>
  db
    .selectFrom('schedules')
    .select(['id', 'workspaceId', 'cron', 'timeZone', 'tag', 'environment', 'nextAt'])
    .where('nextAt', '<=', now)
    .orderBy('nextAt')
    .limit(MOST_AT_ONCE)
    .forUpdate()
    .skipLocked()
    .execute()

/** Moves a schedule on; after downtime the caller names the next time in the future, so that one run catches up. */
export const advanceSchedule = async (
  { db }: SystemScope,
  { id, nextAt, now }: { id: string; nextAt: string; now: string },
): Promise<void> => {
  await db.updateTable('schedules').set({ nextAt, lastAt: now }).where('id', '=', id).execute()
}
