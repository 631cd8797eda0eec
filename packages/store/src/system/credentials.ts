import { DAY_MS, timestamp, type Credential } from '@assay/core'
import { sql } from 'kysely'
import type { SystemScope } from '../scope.ts'

/** Overwrites the secrets before the last rotation whose grace is over; answers whose they were. */
export const endGraces = async (
  { db }: SystemScope,
  { now }: { now: string },
): Promise<{ id: string; workspaceId: string }[]> =>
  db
    .updateTable('credentials')
    .set({ previousSealed: null, graceUntil: null })
    .where('previousSealed', 'is not', null)
    .where('graceUntil', '<=', now)
    .returning(['id', 'workspaceId'])
    .execute()

/** Active credentials whose secret is due to be replaced within the given days, by the policy of each. */
export const listDueCredentials = ({ db }: SystemScope, { now, withinDays }: { now: number; withinDays: number }) => {
  const until = timestamp(now + withinDays * DAY_MS)
  return db
    .selectFrom('credentials')
    .select(['id', 'workspaceId', 'provider', 'name', 'secretSetAt', 'maxAgeDays'])
    .where('deletedAt', 'is', null)
    .where('status', '=', 'active' satisfies Credential['status'])
    .where('maxAgeDays', 'is not', null)
    .where(sql<boolean>`secret_set_at + max_age_days * interval '1 day' <= ${until}`)
    .orderBy('id')
    .limit(1_000)
    .execute()
}
