import {
  isWidespread,
  MINUTE_MS,
  SECOND_MS,
  timestamp,
  WIDESPREAD_MINUTES,
  WIDESPREAD_USERS,
  type Spread,
} from '@assay/core'
import { sql } from 'kysely'
import type { Groups, Placed } from './count-failures.ts'
import { dayOf } from './requests.ts'
import type { WorkspaceScope } from './scope.ts'

/** How widely a group hits is looked at so often at most: it reads the traffic of the last minutes. */
const LOOK_EVERY_MS = 15 * SECOND_MS

/** Notes which of the groups that were counted into are widespread now, and for how long that holds. */
export const noteSpread = async (scope: WorkspaceScope, placed: readonly Placed[], groups: Groups): Promise<void> => {
  const { db, workspaceId } = scope
  for (const [id, members] of Map.groupBy(placed, ({ groupId }) => groupId)) {
    const group = groups.get(id)!
    const now = Math.max(...members.map(({ failure }) => Date.parse(failure.receivedAt)))
    const hasUsers = group.users >= WIDESPREAD_USERS && members.some(({ userHash }) => userHash !== null)
    const hasRequests = members.some(({ failure }) => failure.requestId !== null)
    if (!hasUsers && !hasRequests) continue
    if (group.spreadLookedAt !== null && now - Date.parse(group.spreadLookedAt) < LOOK_EVERY_MS) continue
    const since = timestamp(now - WIDESPREAD_MINUTES * MINUTE_MS)
    const spread = await readSpread(scope, { groupId: id, since, hasRequests })
    const found = {
      spreadLookedAt: timestamp(now),
      ...(isWidespread(spread) ? { widespreadUntil: timestamp(now + WIDESPREAD_MINUTES * MINUTE_MS) } : {}),
    }
    await db
      .updateTable('failureGroups')
      .set(found)
      .where('workspaceId', '=', workspaceId)
      .where('id', '=', id)
      .execute()
    groups.set(id, { ...group, ...found })
  }
}

/** The users a group has hit since then, and of every model that was asked for: how often, and how often it failed so. */
const readSpread = async (
  { db, workspaceId }: WorkspaceScope,
  { groupId, since, hasRequests }: { groupId: string; since: string; hasRequests: boolean },
): Promise<Spread> => {
  const hit = db
    .selectFrom('failures')
    .where('workspaceId', '=', workspaceId)
    .where('groupId', '=', groupId)
    .where('receivedAt', '>=', since)
    .where('day', '>=', dayOf(since))
  const { users } = await hit
    .select(sql<number>`count(distinct user_hash)::integer`.as('users'))
    .executeTakeFirstOrThrow()
  if (!hasRequests) return { users, routes: [] }
  const routes = await db
    .with('hits', () => hit.select('requestId').distinct().where('requestId', 'is not', null))
    .selectFrom('requests')
    .leftJoin('hits', (join) => join.on(sql`hits.request_id`, '=', sql`requests.id::text`))
    .select([sql<number>`count(*)::integer`.as('requests'), sql<number>`count(hits.request_id)::integer`.as('failed')])
    .where('workspaceId', '=', workspaceId)
    .where('at', '>=', since)
    .where('day', '>=', dayOf(since))
    .groupBy('requestModel')
    .execute()
  return { users, routes }
}
