import type { ContractInput, listRequests as listRequestsContract, Page, RequestRecord } from '@assay/core'
import type { Selectable } from 'kysely'
import { decodeCursor, isBefore, limitOf, pageFrom, TimePosition } from './cursor.ts'
import type { Database } from './schema.ts'
import type { WorkspaceScope } from './scope.ts'

/** What the request log can be asked for. */
export type RequestQuery = Partial<ContractInput<typeof listRequestsContract>['query']>

/** The request log of the workspace, newest first. */
export const listRequests = async (
  { db, workspaceId }: WorkspaceScope,
  query: RequestQuery,
): Promise<Page<RequestRecord>> => {
  const { status, model, provider, text, since, cursor } = query
  const after = decodeCursor(cursor, TimePosition)
  const limit = limitOf(query)
  let select = db.selectFrom('requests').selectAll().where('workspaceId', '=', workspaceId)
  if (status !== undefined) select = select.where('status', '=', status)
  if (provider !== undefined) select = select.where('providerName', '=', provider)
  if (model !== undefined) {
    select = select.where((eb) => eb.or([eb('requestModel', '=', model), eb('responseModel', '=', model)]))
  }
  if (text !== undefined) select = select.where('promptPreview', 'ilike', `%${escapeLike(text)}%`)
  if (since !== undefined) select = select.where('at', '>=', since).where('day', '>=', dayOf(since))
  if (after !== undefined) {
    const [at, id] = after
    select = select.where('day', '<=', dayOf(at)).where(isBefore(['at', 'id'], [at, id]))
  }
  const rows = await select
    .orderBy('at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute()
  return pageFrom(rows, { limit, item: toRequestRecord, position: ({ at, id }) => [at, id] })
}

/** One request; null when the workspace has none with this id. */
export const findRequest = async ({ db, workspaceId }: WorkspaceScope, id: string): Promise<RequestRecord | null> => {
  const row = await db
    .selectFrom('requests')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row ? toRequestRecord(row) : null
}

/** The UTC day of a moment, which names its partition. */
export const dayOf = (at: string): string => at.slice(0, 10)

/** A text in which `like` finds no wildcard. */
export const escapeLike = (text: string): string => text.replaceAll(/[\\%_]/g, '\\$&')

const toRequestRecord = ({ day: _day, ...record }: Selectable<Database['requests']>): RequestRecord => record
