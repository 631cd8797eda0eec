import { describedBy, diagnose, framesOf, type Failure, type FailureDetail, type Page } from '@assay/core'
import type { Selectable } from 'kysely'
import { decodeCursor, isBefore, limitOf, pageFrom, type PageOptions, TimePosition } from './cursor.ts'
import { dayOf } from './requests.ts'
import type { Database } from './schema.ts'
import type { WorkspaceScope } from './scope.ts'

/** Stored failures, newest first. */
export const listFailures = async (
  { db, workspaceId }: WorkspaceScope,
  query: PageOptions & {
    group?: string | undefined
    category?: Failure['category'] | undefined
    since?: string | undefined
  },
): Promise<Page<Failure>> => {
  const { group, category, since } = query
  const after = decodeCursor(query.cursor, TimePosition)
  const limit = limitOf(query)
  let select = db.selectFrom('failures').selectAll().where('workspaceId', '=', workspaceId)
  if (group !== undefined) select = select.where('groupId', '=', group)
  if (category !== undefined) select = select.where('category', '=', category)
  if (since !== undefined) select = select.where('receivedAt', '>=', since).where('day', '>=', dayOf(since))
  if (after !== undefined) {
    const [receivedAt, id] = after
    select = select.where('day', '<=', dayOf(receivedAt)).where(isBefore(['receivedAt', 'id'], [receivedAt, id]))
  }
  const rows = await select
    .orderBy('receivedAt', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute()
  return pageFrom(rows, { limit, item: toFailure, position: ({ receivedAt, id }) => [receivedAt, id] })
}

/** One failure with what can be read out of it; null when the workspace has none with this id. */
export const findFailure = async ({ db, workspaceId }: WorkspaceScope, id: string): Promise<FailureDetail | null> => {
  const row = await db
    .selectFrom('failures')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .executeTakeFirst()
  if (!row) return null
  const { fingerprint, family, subcategory, groupingVersion } = row
  const failure = toFailure(row)
  return {
    ...failure,
    fingerprint,
    family,
    subcategory,
    groupingVersion,
    frames: failure.stack === null ? [] : framesOf(failure.stack),
    why: diagnose(describedBy(failure)).why,
  }
}

/** Failures of a group by their ids, with the share of the group that they are counted in. */
export const listFailuresById = (
  { db, workspaceId }: WorkspaceScope,
  { groupId, ids }: { groupId: string; ids: readonly string[] },
): Promise<{ id: string; aliasId: string; fingerprint: string }[]> =>
  db
    .selectFrom('failures')
    .select(['id', 'aliasId', 'fingerprint'])
    .where('workspaceId', '=', workspaceId)
    .where('groupId', '=', groupId)
    .where('id', 'in', ids)
    .orderBy('id')
    .execute()

/** The newest failure of a group that holds what was asked, so that it can be asked again. */
export const newestReplayable = async (
  { db, workspaceId }: WorkspaceScope,
  groupId: string,
): Promise<Failure | null> => {
  const row = await db
    .selectFrom('failures')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('groupId', '=', groupId)
    .where('request', 'is not', null)
    .orderBy('receivedAt', 'desc')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row ? toFailure(row) : null
}

/** A row as the product speaks of it. */
export const toFailure = ({
  workspaceId: _workspaceId,
  day: _day,
  fingerprint: _fingerprint,
  family: _family,
  subcategory: _subcategory,
  userHash: _userHash,
  groupingVersion: _groupingVersion,
  aliasId: _aliasId,
  isIncident: _isIncident,
  ...failure
}: Selectable<Database['failures']>): Failure => failure
