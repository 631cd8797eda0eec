import { sql } from 'kysely'
import { dayOf } from './requests.ts'
import type { WorkspaceScope } from './scope.ts'

/** A group with many failures lately, and where its newest came from. */
export type BusyGroup = {
  groupId: string
  lastHour: number
  environment: string
  release: string | null
  tags: string[]
}

/** Groups of which at least so many failures were received since a time. */
export const busyGroups = async (
  { db, workspaceId }: WorkspaceScope,
  { since, least }: { since: string; least: number },
): Promise<BusyGroup[]> => {
  const rows = await db
    .selectFrom('failures')
    .where('workspaceId', '=', workspaceId)
    .where('receivedAt', '>=', since)
    .where('day', '>=', dayOf(since))
    .groupBy('groupId')
    .having((eb) => eb(eb.fn.sum('count'), '>=', least))
    .select([
      'groupId',
      sql<number>`sum(count)::bigint`.as('lastHour'),
      sql<string>`(array_agg(environment order by received_at desc))[1]`.as('environment'),
      sql<string | null>`(array_agg(release order by received_at desc))[1]`.as('release'),
      sql<string[]>`(array_agg(to_json(tags) order by received_at desc))[1]`.as('tags'),
    ])
    .execute()
  return rows.map((row) => ({ ...row, tags: row.tags ?? [] }))
}
