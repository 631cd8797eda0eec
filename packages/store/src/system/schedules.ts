import type { SystemScope } from '../scope.ts'

const MOST_AT_ONCE = 100

/** Which schedules should have run by now, the one that is late the longest first. */
export const dueSchedules = (
  { db }: SystemScope,
  now: string,
): Promise<{ id: string; workspaceId: string; nextAt: string }[]> =>
  db
    .selectFrom('schedules')
    .select(['id', 'workspaceId', 'nextAt'])
    .where('nextAt', '<=', now)
    .where('paused', '=', false)
    .orderBy('nextAt')
    .limit(MOST_AT_ONCE)
    .execute()
